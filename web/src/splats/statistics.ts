// What is known of a scene, and how fast it is drawn.

import { type Triple } from '../viewer/eye'

/** Gaussians are read in this many figures: less than a thousandth of the scene is nobody's concern. */
export function measure(value: number): string {
  return value === 0 ? '0' : value >= 1000 ? value.toFixed(0) : value.toPrecision(3)
}

export const extentWords = (size: Triple): string => size.map(measure).join(' × ')

/** "812 bytes", "2.1 MB": as a file's size is written. */
export function bytes(count: number): string {
  if (count < 1000) return `${count} bytes`
  const [unit, name] = count < 1e6 ? [1e3, 'kB'] : count < 1e9 ? [1e6, 'MB'] : [1e9, 'GB']
  const value = count / unit!
  return `${value < 10 ? value.toFixed(1) : Math.round(value)} ${name}`
}

export type Pace = readonly number[] // when the last pictures were begun, ms

const WINDOW = 2000 // ms that are looked back on
const STILL = 2500 // ms without a picture: nothing moved

/** With a picture that begins now. */
export function paced(pace: Pace, now: number): Pace {
  if (now - (pace.at(-1) ?? -Infinity) > STILL) return [now]
  const recent = pace.filter((time) => now - time <= WINDOW)
  return [...(recent.length > 0 ? recent : pace.slice(-1)), now]
}

/** Pictures per second; null before the second. */
export function perSecond(pace: Pace): number | null {
  if (pace.length < 2) return null
  return (1000 * (pace.length - 1)) / (pace.at(-1)! - pace[0]!)
}
