import { expect, it } from 'vitest'
import { bytes, extentWords, type Pace, paced, perSecond } from './statistics'

it('sizes are short', () => {
  expect(extentWords([1.23456, 0, 12345.6])).toBe('1.23 × 0 × 12346')
  expect([812, 1540, 21_000_000, 3.2e9].map(bytes)).toEqual(['812 bytes', '1.5 kB', '21 MB', '3.2 GB'])
})

const after = (times: number[]) => perSecond(times.reduce<Pace>(paced, []))

it('counts the pictures of the last two seconds', () => {
  expect(after([0])).toBeNull()
  expect(after(Array.from({ length: 300 }, (_, i) => 20 * i))).toBeCloseTo(50)
  expect(after([0, 100, 200, 2200, 2400, 2600, 2800, 3000, 3200, 3400, 3600, 3800, 4000, 4200, 4400])).toBeCloseTo(5)
})

it('counts slow pictures, too, and no rest between them', () => {
  expect(after([0, 2100, 4200])).toBeCloseTo(1 / 2.1)
  expect(after([0, 20, 40, 60_000])).toBeNull()
})
