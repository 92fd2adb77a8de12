import { expect, it } from 'vitest'
import type { CloudHeader } from './decode'
import { baseSize, bySight, depthsOf } from './measures'

const HEADER: CloudHeader = {
  width: 1000,
  height: 500,
  point_count: 500_000,
  projection: 'planar',
  segments_detected: [],
}
const EXTENT = { min: [-4, -2, -20] as [number, number, number], max: [4, 2, -2] as [number, number, number] }

it('fewer points are larger, so that they cover as much', () => {
  const all = baseSize(HEADER, 500_000)
  expect(all).toBeGreaterThanOrEqual(8 / 1000)
  expect(all).toBeLessThan(1.6 * (8 / 1000))
  // Chance leaves gaps, which larger points close.
  expect(baseSize(HEADER, 5000) / all).toBeGreaterThan(11)
  expect(baseSize(HEADER, 5000) / baseSize(HEADER, 50_000)).toBeCloseTo(Math.sqrt(10))
})

it('points of a perspective and a panorama are as far apart as they are far away', () => {
  expect(bySight(HEADER)).toBe(false)
  for (const projection of ['perspective', 'equirectangular', 'legacy'] as const)
    expect(bySight({ ...HEADER, projection })).toBe(true)
  const panorama = baseSize({ ...HEADER, projection: 'equirectangular' }, 500_000)
  expect(panorama / baseSize(HEADER, 500_000)).toBeCloseTo((2 * Math.PI) / 8)
  const perspective = baseSize({ ...HEADER, projection: 'perspective', focal_px: 800 }, 500_000)
  expect(perspective / panorama).toBeCloseTo(1000 / 800 / (2 * Math.PI))
})

it('near and far are what the format and the header say', () => {
  expect(depthsOf(HEADER, EXTENT)).toEqual({ far: 9, near: 3, disparity: false })
  expect(depthsOf({ ...HEADER, projection: 'equirectangular' }, EXTENT)).toMatchObject({ far: 10, near: 6 })
  expect(depthsOf({ ...HEADER, projection: 'legacy' }, EXTENT)).toMatchObject({ far: 6, near: 10 })
  const perspective = { ...HEADER, projection: 'perspective' as const }
  expect(depthsOf(perspective, EXTENT)).toEqual({ far: 20, near: 2, disparity: true })
  expect(depthsOf({ ...perspective, near: 1, far: 50 }, EXTENT)).toEqual({ far: 50, near: 1, disparity: true })
})
