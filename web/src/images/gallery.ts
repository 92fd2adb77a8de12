// The pictures that are kept, as far as they have been read. Pure: the hook holds it, the tests feed it.

import type { HistoryImage, ImagePage } from './api'

export interface Pictures {
  images: HistoryImage[] // newest first
  total: number // that there are on the server
}

export const PER_PAGE = 40
export const NO_PICTURES: Pictures = { images: [], total: 0 }

const newestFirst = (a: HistoryImage, b: HistoryImage) =>
  b.createdAt.localeCompare(a.createdAt) || b.id.localeCompare(a.id)

/** With the pictures of a page. What moved from page to page in the meantime is in there once. */
export function withPage(known: Pictures, page: ImagePage): Pictures {
  const byId = new Map([...known.images, ...page.images].map((image) => [image.id, image]))
  return { images: [...byId.values()].sort(newestFirst), total: page.total }
}

/** As the first page says it is now: where that has a picture no longer, it is gone. */
export function withFirstPage(known: Pictures, page: ImagePage): Pictures {
  const last = page.images.at(-1)
  if (!last || page.images.length >= page.total) return { images: page.images, total: page.total }
  const older = known.images.filter((image) => newestFirst(last, image) < 0)
  return withPage({ images: older, total: page.total }, page)
}

export function without(known: Pictures, ids: ReadonlySet<string>): Pictures {
  const images = known.images.filter((image) => !ids.has(image.id))
  return { images, total: known.total - (known.images.length - images.length) }
}

/** The page on which the next picture stands; some of it may be known, none is left out. */
export const nextPage = (known: Pictures): number => Math.floor(known.images.length / PER_PAGE) + 1

/** Where an arrow key leads in a grid of so many columns, or null where it leads nowhere. */
export function stepped(key: string, at: number, columns: number, count: number): number | null {
  const steps: Record<string, number> = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -columns, ArrowDown: columns }
  const to = key === 'Home' ? 0 : key === 'End' ? count - 1 : at + (steps[key] ?? NaN)
  return to >= 0 && to < count && to !== at ? to : null
}
