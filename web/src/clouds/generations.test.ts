import { expect, it } from 'vitest'
import type { Generation } from './api'
import { NO_GENERATIONS, without, withNewest, withOlder } from './generations'

const one = (n: number) => ({ id: `${n}`, created_at: `2026-01-01T00:00:0${n}Z` }) as Generation
const ids = (known: { list: Generation[] }) => known.list.map(({ id }) => id).join('')

it('pages are put together, newest first, each cloud once', () => {
  const first = withNewest(NO_GENERATIONS, { generations: [one(5), one(4)], next: '4' })
  const second = withOlder(first, { generations: [one(4), one(3), one(2)], next: null })
  expect(ids(second)).toBe('5432')
  expect(second.next).toBeNull()
})

it('a new first page brings what is new, drops what is gone and keeps what is older', () => {
  const known = { list: [one(5), one(4), one(3), one(2)], next: '2' }
  const now = withNewest(known, { generations: [one(6), one(4)], next: '4' })
  expect(ids(now)).toBe('6432')
  expect(now.next).toBe('2')
  expect(withNewest(NO_GENERATIONS, { generations: [one(6), one(4)], next: '4' }).next).toBe('4')
})

it('a cloud that two pages hold is there once, as the newer page says', () => {
  const known = { list: [one(5), one(4), one(3)], next: 'after 3' }
  const moved = { ...one(2), id: '4' }
  expect(ids(withOlder(known, { generations: [one(3), moved], next: null }))).toBe('534')
  const [fifth, fourth] = [
    { ...one(7), id: '5' },
    { ...one(6), id: '4' },
  ]
  expect(ids(withNewest(known, { generations: [fifth, fourth], next: 'after 4' }))).toBe('543')
})

it('what to ask for older ones with is as it was given, whatever is deleted', () => {
  const known = without({ list: [one(5), one(4), one(3)], next: 'after 3' }, '3')
  expect(known.next).toBe('after 3')
  expect(withNewest(known, { generations: [one(5)], next: 'after 5' }).next).toBe('after 3')
})

it('a first page that reaches nothing that is known leaves no gap below it', () => {
  const known = { list: [one(3), one(2)], next: 'after 2' }
  const now = withNewest(known, { generations: [one(8), one(7)], next: 'after 7' })
  expect(ids(now)).toBe('87')
  expect(now.next).toBe('after 7')
})

it('a first page that is all there is leaves nothing else', () => {
  const known = { list: [one(5), one(4)], next: null }
  expect(ids(withNewest(known, { generations: [one(4)], next: null }))).toBe('4')
  expect(ids(withNewest(known, { generations: [], next: null }))).toBe('')
})

it('what is deleted is gone', () => expect(ids(without({ list: [one(2), one(1)], next: null }, '2'))).toBe('1'))
