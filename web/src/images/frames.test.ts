import { expect, it } from 'vitest'
import type { Job } from '../jobs/events'
import type { HistoryImage } from './api'
import { framesOfJob, turnOf } from './frames'

const job = (status: string, progress: number): Job =>
  ({
    id: 'j',
    status,
    progress,
    params: { width: 96, height: 64, count: 4 },
    preview_url: '/p?v=1',
    previewVersion: '1',
  }) as unknown as Job
const images = [
  { id: '1', thumbnailUrl: '/1' },
  { id: '2', thumbnailUrl: '/2' },
] as HistoryImage[]
const made = { images, settled: true }

it('has a place for each picture from the start, in its shape', () => {
  const frames = framesOfJob(job('processing', 0.6), made, 2)
  expect(frames.map((frame) => frame.image?.id)).toEqual(['1', '2', undefined, undefined])
  expect(frames.map((frame) => frame.under)).toEqual(['/1', '/2', '/p?v=1', undefined])
  expect(frames.every((frame) => frame.width === 96 && frame.height === 64)).toBe(true)
})

it('keeps each in its place until the last is there, and then has only what was made', () => {
  const before = framesOfJob(job('processing', 0.9), made, 3)
  const after = framesOfJob(job('done', 1), { images, settled: false }, 3)
  expect(after).toEqual(before)
  expect(framesOfJob(job('done', 1), made, 3)).toHaveLength(2)
  expect(framesOfJob(job('cancelled', 0.6), made, 2)).toHaveLength(2)
})

it('knows whose turn it is', () => {
  expect([0, 0.24, 0.25, 0.74999999, 0.9, 1].map((progress) => turnOf(job('processing', progress)))).toEqual([
    0, 0, 1, 3, 3, 3,
  ])
})
