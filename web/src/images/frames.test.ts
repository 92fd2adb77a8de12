import { expect, it } from 'vitest'
import type { Job } from '../jobs/events'
import type { HistoryImage } from './api'
import { framesOf, turnOf } from './frames'

const job = (status: string, progress: number): Job =>
  ({ status, progress, params: { width: 96, height: 64, count: 4 } }) as unknown as Job
const made = [{ id: '1' }, { id: '2' }] as HistoryImage[]

it('has a place for each picture from the start, in its shape', () => {
  const frames = framesOf(job('processing', 0.6), made, 2)
  expect(frames.map((frame) => frame.image?.id)).toEqual(['1', '2', undefined, undefined])
  expect(frames.map((frame) => frame.forming)).toEqual([false, false, true, false])
  expect(frames.every((frame) => frame.width === 96 && frame.height === 64)).toBe(true)
})

it('has only what was made once the job has ended', () => {
  expect(framesOf(job('cancelled', 0.6), made, 2)).toHaveLength(2)
  expect(framesOf(job('done', 1), [], -1)).toHaveLength(0)
})

it('knows whose turn it is', () => {
  expect([0, 0.24, 0.25, 0.74999999, 0.9, 1].map((progress) => turnOf(job('processing', progress)))).toEqual([
    0, 0, 1, 3, 3, 3,
  ])
})
