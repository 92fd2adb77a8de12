import { describe, expect, it } from 'vitest'
import type { HistoryImage, ImagePage } from './api'
import { nextPage, NO_PICTURES, PER_PAGE, stepped, withFirstPage, without, withPage } from './gallery'

const image = (n: number): HistoryImage => ({
  id: `${n}`,
  prompt: `picture ${n}`,
  imageUrl: `/media/${n}.png`,
  thumbnailUrl: `/media/${n}.webp`,
  modelUsed: 'draft',
  createdAt: `2026-01-01T00:00:${String(n).padStart(2, '0')}Z`,
})

const page = (total: number, ...numbers: number[]): ImagePage => ({
  images: numbers.map(image),
  total,
  page: 1,
  perPage: PER_PAGE,
})
const ids = (pictures: { images: HistoryImage[] }) => pictures.images.map((each) => each.id).join(' ')

describe('the gallery', () => {
  it('has what moved to the next page once', () => {
    const known = withPage(NO_PICTURES, page(4, 4, 3))
    expect(ids(withPage(known, page(5, 3, 2, 1)))).toBe('4 3 2 1')
  })

  it('takes in what is new and lets go what is gone, and keeps the older ones', () => {
    const known = withPage(withPage(NO_PICTURES, page(6, 6, 5, 4)), page(6, 3, 2, 1))
    const now = withFirstPage(known, page(6, 7, 6, 4))
    expect(ids(now)).toBe('7 6 4 3 2 1')
    expect(now.total).toBe(6)
    expect(ids(withFirstPage(known, page(2, 7, 1)))).toBe('7 1')
    expect(ids(withFirstPage(known, page(0)))).toBe('')
  })

  it('counts what is deleted off', () => {
    const known = withPage(NO_PICTURES, page(9, 3, 2, 1))
    expect(without(known, new Set(['2', 'elsewhere']))).toMatchObject({ total: 8, images: [image(3), image(1)] })
  })

  it('leaves no picture out when some were deleted before the next page is read', () => {
    const full = { images: Array.from({ length: PER_PAGE }, (_, n) => image(n)), total: 100 }
    expect(nextPage(full)).toBe(2)
    expect(nextPage(without(full, new Set(['3'])))).toBe(1)
  })

  it('is walked through with the arrows, and never out of', () => {
    expect(stepped('ArrowRight', 0, 3, 7)).toBe(1)
    expect(stepped('ArrowDown', 1, 3, 7)).toBe(4)
    expect(stepped('ArrowDown', 5, 3, 7)).toBeNull()
    expect(stepped('ArrowLeft', 0, 3, 7)).toBeNull()
    expect(stepped('End', 0, 3, 7)).toBe(6)
    expect(stepped('Home', 0, 3, 7)).toBeNull()
    expect(stepped('a', 3, 3, 7)).toBeNull()
  })
})
