import { expect, it } from 'vitest'
import { lookOnly, needsServer, refusalOf, rotationToSave, stemOf, suffixOf, unreadable, uprightOf } from './formats'
import { quarter, rotationOf, turned, UNTURNED } from './turn'

const bytes = (text: string) => new TextEncoder().encode(text)

it('knows files by the ends of their names', () => {
  expect(suffixOf('A.B/Chair.SPZ')).toBe('.spz')
  const shown = ['a.ply', 'a.compressed.ply', 'a.SPLAT', 'a.spz', 'a.ksplat', 'a.sog', 'a.glb', 'a.gltf', 'a.usdz']
  expect(shown.map(refusalOf)).toEqual(shown.map(() => null))
  expect(refusalOf('chair.obj')).toBe(
    'chair.obj is none of the files that are shown here: .ply, .splat, .spz, .ksplat, .sog, .glb, .gltf and .usdz.',
  )
})

it('knows what only the server reads', () => {
  expect(['a.glb', 'a.GLTF', 'a.usdz', 'a.ply'].map((name) => needsServer(name, bytes('NGSP')))).toEqual([
    true,
    true,
    true,
    false,
  ])
  expect(needsServer('a.spz', bytes('NGSP\x04'))).toBe(true)
  expect(needsServer('a.spz', bytes('\x1f\x8b'))).toBe(false)
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
  const said = (text: string, name = 'a.spz') => unreadable(name, bytes(text))
  expect(said('')).toBe('a.spz is empty.')
  expect(said('ply', 'a.ply')).toMatch(/cut off, damaged/)
})

it('shows files upright, each by the axes of its format', () => {
  expect(turned(uprightOf('chair.ply', bytes('ply\nend_header\n')), [1, 2, 3])).toEqual([1, -2, -3])
  expect(turned(uprightOf('chair.spz', bytes('')), [1, 2, 3])).toEqual([1, 2, 3])
})

it('shows a PLY upright that says what is up', () => {
  const of = (...lines: string[]) => uprightOf('chair.ply', bytes(['ply', ...lines, 'end_header', ''].join('\n')))
  const near = (triple: number[]) => triple.map((value) => expect.closeTo(value, 9))
  for (const line of ['comment Vertical axis: 0 0 1', 'comment Vertical Axis: z']) {
    expect(turned(of(line), [0, 0, 1])).toEqual(near([0, 1, 0])) // up
    expect(turned(of(line), [0, -1, 0])).toEqual(near([0, 0, 1])) // and what is seen from −y is in front
  }
  for (const up of [
    [0, 1, 0],
    [-1, 0, 0],
    [0.36, -0.48, 0.8],
  ] as const)
    // prettier-ignore
    expect(turned(of(`comment vertical axis: ${up.map((value) => 2 * value).join(' ')}`), up)).toEqual(near([0, 1, 0]))
  const usual = uprightOf('chair.splat', bytes('comment Vertical axis: 0 0 1'))
  for (const line of ['y', '0 0 0', '1 0', 'nan 0 1', 'up']) expect(of(`comment Vertical axis: ${line}`)).toEqual(usual)
  expect(uprightOf('chair.ply', bytes('ply\nend_header\ncomment Vertical axis: z\n'))).toEqual(usual)
})

it('saves what is seen, whichever axes the file has', () => {
  const seen = quarter(UNTURNED, 1, 1) // what is in front comes to the right
  for (const name of ['chair.ply', 'chair.spz']) {
    const earlier = uprightOf(name, bytes('ply\ncomment Vertical axis: 0.6 0 0.8\nend_header\n'))
    expect(rotationToSave(earlier, earlier)).toEqual([1, 0, 0, 0])
    const saved = rotationToSave(rotationOf(quarter({ ...UNTURNED, earlier }, 1, 1)), earlier)
    // In axes with y down and z ahead, what is in front is −z.
    expect(turned(saved, [0, 0, -1])).toEqual([1, 0, 0].map((value) => expect.closeTo(value, 9)))
    expect(turned(rotationOf(seen), [0, 0, 1])).toEqual([1, 0, 0].map((value) => expect.closeTo(value, 9)))
  }
})
