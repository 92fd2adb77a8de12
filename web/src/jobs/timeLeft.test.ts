import { describe, expect, it } from 'vitest'
import { inWords, sampled, timeLeft, type Sample } from './timeLeft'

const steady = (count: number, pace: number): Sample[] =>
  Array.from({ length: count }, (_, i) => ({ time: i, progress: i * pace }))

describe('time left', () => {
  it('follows the pace', () => {
    expect(timeLeft(steady(11, 0.05))).toBeCloseTo(10)
  })

  it('follows the recent pace, not that of the whole run', () => {
    const fast = steady(11, 0.05)
    const slow = Array.from({ length: 30 }, (_, i) => ({ time: 11 + i, progress: 0.5 + (i + 1) * 0.005 }))
    const all = [...fast, ...slow].reduce<Sample[]>(sampled, [])
    expect(timeLeft(all)).toBeCloseTo((1 - 0.65) / 0.005, 0)
  })

  it('says nothing before it knows anything', () => {
    expect(timeLeft([])).toBeNull()
    expect(timeLeft([{ time: 3, progress: 0.2 }])).toBeNull()
    expect(
      timeLeft([
        { time: 3, progress: 0.2 },
        { time: 9, progress: 0.2 },
      ]),
    ).toBeNull()
  })

  it('starts anew when a job starts anew', () => {
    expect(sampled(steady(11, 0.05), { time: 12, progress: 0 })).toEqual([{ time: 12, progress: 0 }])
  })

  it('is told in round words', () => {
    expect([2, 42, 130, 4900].map(inWords)).toEqual(['a few seconds', '45 s', '2 min', '1 h 22 min'])
  })
})
