// How many points are drawn while something moves, so that it moves smoothly; when all is still, all are drawn.

export interface Budget {
  points: number
  pace: number // seconds from picture to picture, smoothed
  cut: { points: number; pace: number } | null // what was before the last cut
  rest: number // pictures until something is changed again
}

const FEWEST = 30_000
const AIM = 1 / 25 // seconds from picture to picture
const TOO_SLOW = 1.25 * AIM
const FAST = 0.75 * AIM
const ASLEEP = 5 // seconds; so long a pause was not the drawing's
const SETTLE = 4 // pictures after a change; the first were begun before it
const REST = 120 // pictures after a cut that did not help
const HELPS = 0.85 // of the pace before

// What a first guess is taken from; the first pictures correct it.
const ON_PROCESSOR = 100_000
const ON_SMALL_SCREEN = 300_000
const ON_CARD = 2_000_000

export interface Screen {
  software: boolean // WebGL runs on the processor
  small: boolean
}

export function firstBudget({ software, small }: Screen): Budget {
  const points = software ? ON_PROCESSOR : small ? ON_SMALL_SCREEN : ON_CARD
  return { points, pace: AIM, cut: null, rest: 0 }
}

/** The most points that are fetched: what is never drawn need not come. */
export function mostPoints({ software, small }: Screen): number {
  return small ? 1_000_000 : software ? 2_000_000 : 4_000_000
}

/** The budget after a picture of `drawn` points that took so many seconds. */
export function adapted(budget: Budget, drawn: number, seconds: number): Budget {
  if (!(seconds > 0) || seconds > ASLEEP) return budget
  const { points, cut, rest } = budget
  // The first that is very slow counts at once: nobody waits for an average.
  const pace = seconds > 4 * AIM && rest === 0 ? seconds : budget.pace + 0.25 * (seconds - budget.pace)
  if (rest > 0) return { ...budget, pace, rest: rest - 1 }
  if (pace > TOO_SLOW) {
    // Something else is slow: fewer points would only be fewer.
    if (cut && pace > HELPS * cut.pace) return { points: cut.points, pace, cut: null, rest: REST }
    const fewer = Math.max(FEWEST, Math.round(drawn * Math.max(0.4, AIM / pace)))
    return { points: fewer, pace, cut: { points: drawn, pace }, rest: SETTLE }
  }
  // Only what was used up shows that more would do.
  if (pace < FAST && drawn >= points) return { points: Math.round(points * 1.2), pace, cut: null, rest: 0 }
  return { ...budget, pace }
}
