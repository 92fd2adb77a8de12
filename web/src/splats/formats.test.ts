import { expect, it } from 'vitest'
import { lookOnly, refusalOf, rotationToSave, stemOf, suffixOf, unreadable, uprightOf } from './formats'
import { quarter, rotationOf, turned, UNTURNED } from './turn'

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

it('shows files upright, each by the axes of its format', () => {
  expect(turned(uprightOf('chair.ply'), [1, 2, 3])).toEqual([1, -2, -3])
  expect(turned(uprightOf('chair.spz'), [1, 2, 3])).toEqual([1, 2, 3])
})

it('saves what is seen, whichever axes the file has', () => {
  const seen = quarter(UNTURNED, 1, 1) // what is in front comes to the right
  for (const name of ['chair.ply', 'chair.spz']) {
    expect(rotationToSave(uprightOf(name), name)).toEqual([1, 0, 0, 0])
    const upright = { ...UNTURNED, earlier: uprightOf(name) }
    const saved = rotationToSave(rotationOf(quarter(upright, 1, 1)), name)
    // In axes with y down and z ahead, what is in front is −z.
    expect(turned(saved, [0, 0, -1])).toEqual([1, 0, 0].map((value) => expect.closeTo(value, 9)))
    expect(turned(rotationOf(seen), [0, 0, 1])).toEqual([1, 0, 0].map((value) => expect.closeTo(value, 9)))
  }
})
