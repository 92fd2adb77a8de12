// The clouds that are kept, as far as they have been read. Pure: the hook holds them, the tests feed it.

import type { Generation, GenerationPage } from './api'

export interface Generations {
  list: Generation[] // newest first
  next: string | null // what the server gave to ask for older ones with
}

export const NO_GENERATIONS: Generations = { list: [], next: null }

const newestFirst = (a: Generation, b: Generation) =>
  b.created_at.localeCompare(a.created_at) || b.id.localeCompare(a.id)

/** With an older page; what moved in the meantime is in there once. */
export function withOlder(known: Generations, page: GenerationPage): Generations {
  const byId = new Map([...known.list, ...page.generations].map((one) => [one.id, one]))
  return { list: [...byId.values()].sort(newestFirst), next: page.next }
}

/** As the first page says it is now: where that has one no longer, it is gone. Older ones stay if the page reaches them. */
export function withNewest(known: Generations, page: GenerationPage): Generations {
  const last = page.generations.at(-1)
  if (!last || page.next === null) return { list: page.generations, next: page.next }
  const ids = new Set(page.generations.map(({ id }) => id))
  const reached = known.list.some(({ id }) => ids.has(id)) // else there may be others between
  const older = reached ? known.list.filter((one) => newestFirst(last, one) < 0 && !ids.has(one.id)) : []
  const next = older.length > 0 ? known.next : page.next
  return { list: [...page.generations, ...older], next }
}

export const without = (known: Generations, id: string): Generations => ({
  ...known,
  list: known.list.filter((one) => one.id !== id),
})
