import { expect, it } from 'vitest'
import { type Eye, place, type Triple, whole } from '../viewer/eye'
import { extentOf, followed } from './placing'
import { quarter, rotationOf, UNTURNED } from './turn'

const POINTS = Array.from({ length: 27 }, (_, i): Triple => [
  3 + (i % 3),
  2 * (Math.floor(i / 3) % 3),
  Math.floor(i / 9),
])
const AS_IT_IS = { rotation: UNTURNED.earlier, scale: 1 }
const UPRIGHT = { rotation: rotationOf(quarter(UNTURNED, 2, 1)), scale: 10 }

it('a scene is turned and scaled about the origin of its file', () => {
  expect(extentOf(POINTS, AS_IT_IS)).toEqual({ min: [3, 0, 0], max: [5, 4, 2] })
  const { min, max } = extentOf(POINTS, UPRIGHT)
  expect(min).toEqual([-40, 30, 0].map((value) => expect.closeTo(value, 9)))
  expect(max).toEqual([0, 50, 20].map((value) => expect.closeTo(value, 9)))
})

it('the eye keeps what it looks at, as large', () => {
  const eye: Eye = { ...whole(extentOf(POINTS, AS_IT_IS), 1.5), yaw: 0.4, pitch: 0.2 }
  const after = followed(eye, AS_IT_IS, UPRIGHT)
  expect(after.target).toEqual([-20, 40, 10].map((value) => expect.closeTo(value, 9)))
  expect([after.yaw, after.pitch, after.fov]).toEqual([eye.yaw, eye.pitch, eye.fov])
  expect(after.distance / after.reach).toBeCloseTo(eye.distance / eye.reach)
  const back = followed(after, UPRIGHT, AS_IT_IS)
  expect(place(back)).toEqual(place(eye).map((value) => expect.closeTo(value, 9)))
})
