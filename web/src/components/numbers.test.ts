import { expect, it } from 'vitest'
import { apart, many } from './numbers'

it('counts are short', () => {
  expect([812, 9999, 262_144, 1_835_008, 33_554_432].map(many)).toEqual(['812', '9999', '262 k', '1.84 M', '33.6 M'])
  expect(apart(1_835_008)).toBe('1\u202f835\u202f008')
})
