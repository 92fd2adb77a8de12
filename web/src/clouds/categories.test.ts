import { expect, it } from 'vitest'
import { labelsOf, percent, sharesOf } from './categories'
import type { Cloud } from './decode'

it('shares are counted over the points', () => {
  const colours = new Uint8Array([0, 0, 0, 2, 9, 9, 9, 2, 1, 1, 1, 0, 7, 7, 7, 5])
  const cloud = { colours, count: 4 } as Cloud
  expect(sharesOf(cloud)).toEqual([0.25, 0, 0.5, 0, 0, 0.25])
  expect(sharesOf({ ...cloud, count: 0 })).toEqual([0, 0, 0, 0, 0, 0])
})

it('labels stand under their category, the largest first', () => {
  const labels = labelsOf(['tree→cat1(25%)', 'plant→cat1(31.5%)', 'sky→cat2(40%)', 'swimming pool→cat3(0%)', 'odd'])
  expect(labels).toEqual([[], ['plant', 'tree'], ['sky'], ['swimming pool'], [], []])
})

it('little is not nothing', () => {
  expect([0, 0.004, 0.256, 1].map(percent)).toEqual(['0 %', '< 1 %', '26 %', '100 %'])
})
