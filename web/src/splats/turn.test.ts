import { describe, expect, it } from 'vitest'
import {
  across,
  alongside,
  frontFrom,
  quarter,
  rotationOf,
  SIDES,
  sidesOf,
  turned,
  UNTURNED,
  withFront,
  withUp,
} from './turn'

const near = (values: readonly number[]) => values.map((value) => expect.closeTo(value, 9))

describe('a turn', () => {
  it('is right-handed about each axis', () => {
    expect(turned(rotationOf(quarter(UNTURNED, 0, 1)), [0, 1, 0])).toEqual(near([0, 0, 1]))
    expect(turned(rotationOf(quarter(UNTURNED, 1, 1)), [0, 0, 1])).toEqual(near([1, 0, 0]))
    expect(turned(rotationOf(quarter(UNTURNED, 2, 1)), [1, 0, 0])).toEqual(near([0, 1, 0]))
    expect(turned(rotationOf({ ...UNTURNED, axis: 2, degrees: 30 }), [1, 0, 0])).toEqual(
      near([Math.sqrt(0.75), 0.5, 0]),
    )
  })

  it('four quarters are none, to the last bit', () => {
    for (const axis of [0, 1, 2] as const) {
      let turn = UNTURNED
      for (let i = 0; i < 4; i++) turn = quarter(turn, axis, 1)
      expect(rotationOf(turn)).toEqual([1, 0, 0, 0])
      expect(rotationOf(quarter(quarter(UNTURNED, axis, 1), axis, -1))).toEqual([1, 0, 0, 0])
    }
  })

  it('is about the axes of the page, after what was before', () => {
    const twice = quarter(quarter(UNTURNED, 0, 1), 1, 1)
    expect(turned(rotationOf(twice), [0, 1, 0])).toEqual(near([1, 0, 0])) // up to the front, then to the right
  })

  it('goes on from a free angle about another axis', () => {
    const free = { ...UNTURNED, axis: 0 as const, degrees: 37 }
    const next = alongside(free, 2)
    expect(next.degrees).toBe(0)
    expect(rotationOf(next)).toEqual(near(rotationOf(free)))
  })
})

describe('up and front', () => {
  it('are +y and +z of an unturned file', () => {
    expect(sidesOf(UNTURNED)).toEqual({ up: '+y', front: '+z' })
    expect(sidesOf({ ...UNTURNED, degrees: 5 })).toEqual({ up: '+y', front: null })
  })

  it('can be any two sides at right angles', () => {
    for (const up of SIDES) {
      expect(sidesOf(withUp(UNTURNED, up)).up).toBe(up)
      expect(across(up)).toHaveLength(4)
      for (const front of across(up)) {
        const turn = withUp(withFront(UNTURNED, front), up)
        expect(sidesOf(withFront(turn, front))).toEqual({ up, front })
        expect(Math.hypot(...rotationOf(turn))).toBeCloseTo(1, 12)
      }
    }
  })

  it('keep the other as near as they can', () => {
    expect(sidesOf(withUp(UNTURNED, '−y'))).toEqual({ up: '−y', front: '+z' })
    expect(sidesOf(withFront(UNTURNED, '−x'))).toEqual({ up: '+y', front: '−x' })
    expect(sidesOf(withUp({ ...UNTURNED, axis: 1, degrees: 100 }, '−z')).front).toBe('−x')
  })

  it('front is what an eye sees that has gone around', () => {
    const yaw = Math.PI / 2 // it looks along −x, from +x
    expect(sidesOf(frontFrom(UNTURNED, yaw))).toEqual({ up: '+y', front: '+x' })
  })
})
