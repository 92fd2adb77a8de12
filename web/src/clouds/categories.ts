// The six categories of a point: docs/formats.md, the packed point cloud.

import type { Cloud } from './decode'

export interface Category {
  name: string // as the format has it
  words: string
  colour: [number, number, number] // as in segments.png
  moves: string // what of a sound moves it
}

export const CATEGORIES: readonly Category[] = [
  { name: 'BASS_SUBJECT', words: 'People, animals', colour: [220, 50, 50], moves: 'the bass' },
  { name: 'MID_ORGANIC', words: 'Trees, plants', colour: [50, 180, 50], moves: 'the middle' },
  { name: 'HIGH_SKY', words: 'Sky, clouds, lights', colour: [100, 180, 255], moves: 'the highs' },
  { name: 'BEAT_GROUND', words: 'Ground, water', colour: [180, 140, 60], moves: 'each beat' },
  { name: 'MID_STRUCTURE', words: 'Buildings, things', colour: [160, 100, 200], moves: 'the upper middle' },
  { name: 'LOW_AMBIENT', words: 'Walls, all else', colour: [128, 128, 128], moves: 'the slow lows' },
]

/** The share of each category among the points, 0 to 1. */
export function sharesOf({ colours, count }: Cloud): number[] {
  const counts = new Array<number>(CATEGORIES.length).fill(0)
  for (let at = 3; at < 4 * count; at += 4) {
    const segment = colours[at]!
    counts[segment < counts.length ? segment : counts.length - 1]!++
  }
  return counts.map((found) => (count > 0 ? found / count : 0))
}

/** What was found of each category, from "tree→cat1(25%)", the largest first. */
export function labelsOf(detected: readonly string[]): string[][] {
  const labels: [string, number][][] = CATEGORIES.map(() => [])
  for (const one of detected) {
    const match = /^(.*)→cat(\d)\((\d+(?:\.\d+)?)%\)$/.exec(one)
    if (match) labels[Number(match[2])]?.push([match[1]!.trim(), Number(match[3])])
  }
  return labels.map((found) => found.sort((a, b) => b[1] - a[1]).map(([label]) => label))
}

/** "12 %", and "< 1 %" where there is any. */
export function percent(share: number): string {
  if (share === 0) return '0 %'
  return share < 0.01 ? '< 1 %' : `${Math.round(100 * share)} %`
}
