export interface Sample {
  time: number // seconds
  progress: number // 0-1
}

const WINDOW = 20 // seconds that the pace is taken over; stages differ, so the whole run misleads

/** Seconds left at the recent pace, or null while nothing can be said. */
export function timeLeft(samples: Sample[]): number | null {
  const last = samples[samples.length - 1]
  if (!last || last.progress >= 1) return null
  const first = samples.find((sample) => last.time - sample.time <= WINDOW) ?? last
  const gained = last.progress - first.progress
  const spent = last.time - first.time
  if (spent < 1 || gained <= 0) return null
  return ((1 - last.progress) * spent) / gained
}

/** The samples with one more, without those too old to matter and from the start again where progress fell. */
export function sampled(samples: Sample[], sample: Sample): Sample[] {
  const last = samples[samples.length - 1]
  if (last && sample.progress < last.progress) return [sample]
  return [...samples.filter((old) => sample.time - old.time <= 2 * WINDOW), sample]
}

/** "a few seconds", "40 s", "3 min", "1 h 20 min". */
export function inWords(seconds: number): string {
  if (seconds < 5) return 'a few seconds'
  if (seconds < 55) return `${Math.ceil(seconds / 5) * 5} s`
  const minutes = Math.round(seconds / 60)
  if (minutes < 60) return `${Math.max(1, minutes)} min`
  return `${Math.floor(minutes / 60)} h ${minutes % 60} min`
}
