import { expect, it } from 'vitest'
import { lookOnly, refusalOf, stemOf, suffixOf, unreadable } from './formats'

it('knows files by the ends of their names', () => {
  expect(suffixOf('A.B/Chair.SPZ')).toBe('.spz')
  expect(['chair.ply', 'chair.compressed.ply', 'chair.SPLAT', 'a.spz', 'a.ksplat', 'a.sog'].map(refusalOf)).toEqual(
    Array(6).fill(null),
  )
  expect(refusalOf('chair.obj')).toBe(
    'chair.obj is none of the files that are shown here: .ply, .splat, .spz, .ksplat and .sog.',
  )
})

it('names what is saved after what was opened', () => {
  expect(['chair.ply', 'my.chair.compressed.ply', 'chair', '.ply'].map(stemOf)).toEqual([
    'chair',
    'my.chair',
    'chair',
    'scene',
  ])
})

it('says what can only be looked at', () => {
  expect(lookOnly('chair.sog')).toMatch(/^A \.sog file/)
  expect(lookOnly('chair.spz')).toBeNull()
})

it('says why a file is not read', () => {
  const said = (text: string, name = 'a.spz') => unreadable(name, new TextEncoder().encode(text))
  expect(said('')).toBe('a.spz is empty.')
  expect(said('NGSP')).toMatch(/SPZ 4/)
  expect(said('NGSP', 'a.ply')).toMatch(/cut off, damaged/)
})
