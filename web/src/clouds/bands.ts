// What of a sound moves each category. Pure: the sound feeds it spectra, the tests too.

import { CATEGORIES } from './categories'

export interface Bands {
  levels: readonly number[] // of the categories, 0 to 1
  loudest: readonly number[] // that each band has been lately, for quiet music moves as much as loud
  bass: number // of the last spectrum, for a beat is a jump of it
}

// Hertz, of each category but the ground's, which a beat moves.
const RANGES: readonly (readonly [from: number, to: number])[] = [
  [30, 140],
  [300, 1200],
  [4000, 14000],
  [30, 140],
  [1200, 4000],
  [60, 300],
]
const GROUND = 3
// Seconds in which a level falls to a third; what is ambient is slow, a beat is short.
const FALLS = [0.16, 0.18, 0.12, 0.28, 0.14, 1.1]
const RISES = [0.015, 0.03, 0.01, 0.001, 0.02, 0.7]
const FORGETS = 6 // seconds
const QUIET = 0.12 // of full scale; below it nothing is made louder
const JUMP = 0.05 // of full scale, from spectrum to spectrum
const SHARPNESS = 2.2 // so that the loud stands out

export const SILENCE: Bands = { levels: CATEGORIES.map(() => 0), loudest: CATEGORIES.map(() => QUIET), bass: 0 }

/** The bands after a spectrum, 0 to 255 from 0 Hz to half the sample rate, that comes so many seconds later. */
export function heard(bands: Bands, spectrum: Uint8Array, sampleRate: number, seconds: number): Bands {
  const raw = RANGES.map(([from, to]) => loudnessOf(spectrum, sampleRate, from, to))
  const jump = Math.max(0, raw[GROUND]! - bands.bass - JUMP)
  const bass = raw[GROUND]!
  raw[GROUND] = Math.min(1, 5 * jump)
  const loudest = raw.map((value, i) => Math.max(value, QUIET, bands.loudest[i]! * Math.exp(-seconds / FORGETS)))
  const levels = raw.map((value, i) => {
    const wanted = Math.min(1, value / loudest[i]!) ** SHARPNESS * (value > 0.02 ? 1 : 0)
    const before = bands.levels[i]!
    const time = wanted > before ? RISES[i]! : FALLS[i]!
    return wanted + (before - wanted) * Math.exp(-seconds / time)
  })
  return { levels, loudest, bass }
}

/** Of a band, 0 to 1: between its mean and its peak, so that one clear tone counts in a wide band, too. */
function loudnessOf(spectrum: Uint8Array, sampleRate: number, from: number, to: number): number {
  const width = sampleRate / 2 / spectrum.length
  const [first, last] = [Math.ceil(from / width), Math.min(spectrum.length, Math.ceil(to / width))]
  let sum = 0
  for (let i = first; i < last; i++) sum += (spectrum[i]! / 255) ** 4
  return last > first ? (sum / (last - first)) ** 0.25 : 0
}
