import { describe, expect, it } from 'vitest'
import { ahead, place, shifted, turned, zoomed } from '../viewer/eye'
import type { Cloud, CloudHeader, Triple } from './decode'
import { extentOf, firstEye, outside } from './eye'

function cloudOf(points: Triple[], header: Partial<CloudHeader>): Cloud {
  return {
    header: {
      width: 200,
      height: 100,
      point_count: points.length,
      projection: 'planar',
      segments_detected: [],
      ...header,
    },
    count: points.length,
    positions: new Float32Array(points.flat()),
    min: [0, 0, 0],
    scale: [1, 1, 1],
    colours: new Uint8Array(4 * points.length),
  }
}

const grid = (from: number, to: number) => Array.from({ length: 21 }, (_, i) => from + ((to - from) * i) / 20)
const BOX = grid(-4, 4).flatMap((x) => grid(-2, 2).flatMap((y) => grid(-9, -3).map((z): Triple => [x, y, z])))

/** Where a point is seen, in shares of half the picture's height from its middle. */
function seen(eye: ReturnType<typeof firstEye>, at: Triple): [number, number] {
  const [from, to] = [place(eye), ahead(eye)]
  const across: Triple = [Math.cos(eye.yaw), 0, -Math.sin(eye.yaw)]
  const up = [
    across[1] * to[2] - across[2] * to[1],
    across[2] * to[0] - across[0] * to[2],
    across[0] * to[1] - across[1] * to[0],
  ]
  const ray = at.map((value, axis) => value - from[axis]!)
  const dot = (a: readonly number[], b: readonly number[]) => a.reduce((sum, value, i) => sum + value * b[i]!, 0)
  const scale = dot(ray, to) * Math.tan(eye.fov / 2)
  return [dot(ray, across) / scale, dot(ray, up) / scale]
}

describe('the first eye', () => {
  it('sees a planar cloud whole, whatever the screen’s shape', () => {
    const cloud = cloudOf(BOX, {})
    for (const aspect of [0.5, 1, 1.6, 3]) {
      const eye = firstEye(cloud, extentOf(cloud), aspect)
      const outermost = BOX.map((at) => seen(eye, at)).map(([x, y]) => Math.max(Math.abs(x) / aspect, Math.abs(y)))
      expect(Math.max(...outermost)).toBeLessThan(1)
      expect(Math.max(...outermost)).toBeGreaterThan(0.9)
      expect(ahead(eye)[2]).toBeLessThan(-0.9)
    }
  })

  it('stands in the middle of a panorama and looks along −z', () => {
    const cloud = cloudOf(BOX, { projection: 'equirectangular' })
    const eye = firstEye(cloud, extentOf(cloud), 1.5)
    expect(place(eye).map((value) => value + 0)).toEqual([0, 0, 0])
    expect(ahead(eye)[2]).toBeCloseTo(-1)
  })

  it('sees a perspective as its camera did', () => {
    const cloud = cloudOf(BOX, { projection: 'perspective', focal_px: 100 })
    const eye = firstEye(cloud, extentOf(cloud), 2)
    expect(place(eye).map((value) => value + 0)).toEqual([0, 0, 0])
    const [x, y] = seen(eye, [1, 0.5, -1]) // the corner of the picture: half of 200 and 100 pixels at a focal length of 100
    expect([x / 2, y]).toEqual([expect.closeTo(1 / 1.04, 6), expect.closeTo(1 / 1.04, 6)])
  })

  it('is not led astray by the order of the points', () => {
    const [left, right] = [-1, 1].map((x) => Array.from({ length: 30_000 }, (_, i): Triple => [x, (i % 100) / 100, -5]))
    const cloud = cloudOf(
      left!.flatMap((point, i) => [point, right![i]!]),
      {},
    )
    const { min, max } = extentOf(cloud)
    expect([min[0], max[0]]).toEqual([-1, 1])
    expect([min[1], max[1]]).toEqual([expect.closeTo(0, 1), expect.closeTo(0.99, 1)])
  })

  it('is not led astray by points far out', () => {
    const cloud = cloudOf([...BOX, [1e6, 0, -1e6], [Infinity, NaN, 0]], {})
    expect(extentOf(cloud)).toEqual({ min: [-4, -2, -9], max: [4, 2, -3] })
  })
})

describe('moves', () => {
  const cloud = cloudOf(BOX, {})
  const eye = { ...firstEye(cloud, extentOf(cloud), 1.5), yaw: 0, pitch: 0 }
  const inside = firstEye(cloudOf(BOX, { projection: 'equirectangular' }), extentOf(cloud), 1.5)

  it('to the right go around to the right, and from inside look to the right', () => {
    expect(ahead(turned(inside, 0.3, 0))[0]).toBeGreaterThan(0.25)
    expect(place(turned(eye, 0.3, 0))[0]).toBeGreaterThan(1)
    expect(ahead(turned(inside, 0, 0.3))[1]).toBeGreaterThan(0.25)
    expect(place(turned(eye, 0, 0.3))[1]).toBeGreaterThan(1)
    expect(ahead(turned(inside, 0, 9))[1]).toBeLessThan(1)
  })

  it('zoom by distance, or by the field of view from inside', () => {
    expect(zoomed(eye, 1).distance).toBeCloseTo(0.9 * eye.distance)
    expect(zoomed(inside, 1)).toMatchObject({ distance: 0, fov: 0.9 * inside.fov })
    expect(zoomed(eye, 1000).distance).toBeGreaterThan(0)
  })

  it('shift what is seen with the hand', () => {
    const before = seen(eye, [0, 0, eye.target[2]])
    const after = seen(shifted(eye, 0.25, 0.1), [0, 0, eye.target[2]])
    expect(after[0] - before[0]).toBeCloseTo(0.5)
    expect(after[1] - before[1]).toBeCloseTo(-0.2)
    expect(shifted(inside, 1, 1)).toBe(inside)
  })

  it('outside sees a panorama from without', () => {
    expect(Math.hypot(...place(outside(inside)))).toBeGreaterThan(2 * inside.reach)
  })
})
