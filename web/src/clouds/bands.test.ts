import { expect, it } from 'vitest'
import { CATEGORIES } from './categories'
import { type Bands, heard, SILENCE } from './bands'

const RATE = 48_000
const BINS = 1024

/** A spectrum that is loud from one frequency to another. */
function loud(from: number, to: number, value = 200): Uint8Array {
  const width = RATE / 2 / BINS
  return Uint8Array.from({ length: BINS }, (_, i) => (i * width >= from && i * width < to ? value : 0))
}

function after(spectra: Uint8Array[], begin: Bands = SILENCE): Bands {
  return spectra.reduce((bands, spectrum) => heard(bands, spectrum, RATE, 1 / 60), begin)
}

const index = (name: string) => CATEGORIES.findIndex((category) => category.name === name)
const many = (spectrum: Uint8Array, count = 30) => Array.from({ length: count }, () => spectrum)

it.each([
  ['BASS_SUBJECT', 30, 140],
  ['MID_ORGANIC', 300, 1200],
  ['HIGH_SKY', 4000, 14000],
  ['MID_STRUCTURE', 1200, 4000],
])('%s goes with its band and no other does so much', (name, from, to) => {
  const { levels } = after(many(loud(from, to)))
  expect(levels[index(name)]).toBeGreaterThan(0.9)
  levels.forEach((level, i) => i !== index(name) && expect(level).toBeLessThan(0.6))
})

it('one clear tone counts in a wide band', () => {
  const { levels } = after(many(loud(7000, 7150)))
  expect(levels[index('HIGH_SKY')]).toBeGreaterThan(0.8)
  expect(levels[index('BASS_SUBJECT')]).toBe(0)
})

it('the ground goes with the beat: it jumps with it and comes down while the bass goes on', () => {
  const ground = index('BEAT_GROUND')
  const struck = after([loud(0, 1), loud(30, 140)])
  expect(struck.levels[ground]).toBeGreaterThan(0.8)
  const held = after(many(loud(30, 140), 60), struck)
  expect(held.levels[ground]).toBeLessThan(0.2)
  expect(held.levels[index('BASS_SUBJECT')]).toBeGreaterThan(0.9)
})

it('what is ambient is slow', () => {
  const low = loud(60, 300)
  const [soon, later] = [after(many(low, 6)), after(many(low, 180))]
  expect(soon.levels[index('LOW_AMBIENT')]).toBeLessThan(0.3)
  expect(later.levels[index('LOW_AMBIENT')]).toBeGreaterThan(0.8)
})

it('quiet music moves as loud does, and silence nothing', () => {
  const quiet = after(many(loud(300, 1200, 60)))
  expect(quiet.levels[index('MID_ORGANIC')]).toBeGreaterThan(0.8)
  expect(Math.max(...after(many(new Uint8Array(BINS), 300)).levels)).toBe(0)
  expect(Math.max(...after(many(loud(0, 24000, 3), 300)).levels)).toBe(0)
})

it('it dies away when the music ends', () => {
  const { levels } = after(many(new Uint8Array(BINS), 360), after(many(loud(0, 24000))))
  expect(Math.max(...levels)).toBeLessThan(0.02)
})
