import { describe, expect, it } from 'vitest'
import { adapted, type Budget, firstBudget, mostPoints } from './budget'

/** The budget after pictures on a machine that draws so many points a second, with so many seconds for the rest. */
function after(pictures: number, total: number, perSecond: number, rest = 0.002, first?: Budget): Budget {
  let budget = first ?? firstBudget({ software: false, small: false })
  for (let i = 0; i < pictures; i++) {
    const drawn = Math.min(budget.points, total)
    budget = adapted(budget, drawn, Math.max(1 / 60, rest + drawn / perSecond))
  }
  return budget
}

const at = (points: number, pace = 1 / 60): Budget => ({ points, pace, cut: null, rest: 0 })

describe('the budget', () => {
  it('falls within a second or two to what a slow machine draws smoothly', () => {
    const { points } = after(30, 4_000_000, 5_000_000)
    expect(points / 5_000_000).toBeLessThan(1 / 20)
    expect(points / 5_000_000).toBeGreaterThan(1 / 80)
  })

  it('grows again where more can be drawn', () => {
    expect(after(60, 4_000_000, 100_000_000, 0.002, at(30_000)).points).toBeGreaterThan(1_000_000)
  })

  it('does not grow beyond what was tried', () => {
    expect(after(60, 100_000, 100_000_000, 0.002, at(500_000)).points).toBe(500_000)
  })

  it('is not cut for what something else takes', () => {
    let budget = at(500_000, 0.06)
    const seen = new Set<number>()
    for (let i = 0; i < 600; i++) {
      budget = adapted(budget, budget.points, 0.06 + budget.points / 500_000_000)
      seen.add(budget.points)
    }
    expect(Math.min(...seen)).toBeGreaterThan(200_000) // one cut is tried now and then
    expect([...seen]).toContain(500_000)
    const often = Array.from({ length: 600 }, () => (budget = adapted(budget, budget.points, 0.06)).points)
    expect(often.filter((points) => points === 500_000).length).toBeGreaterThan(500)
  })

  it('never falls to nothing, and forgets a pause', () => {
    expect(after(150, 4_000_000, 15_000, 0, at(60_000)).points).toBe(30_000)
    const budget = at(500_000)
    expect(adapted(budget, 500_000, 60)).toBe(budget)
    expect(adapted(budget, 500_000, NaN)).toBe(budget)
  })
})

it('begins small on the processor and on small screens', () => {
  const [card, phone, processor] = [
    { software: false, small: false },
    { software: false, small: true },
    { software: true, small: false },
  ].map((screen) => [firstBudget(screen).points, mostPoints(screen)] as const)
  expect(processor![0]).toBeLessThan(phone![0])
  expect(phone![0]).toBeLessThan(card![0])
  expect(phone![1]).toBeLessThan(processor![1])
})
