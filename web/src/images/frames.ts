// Where each picture of a job is shown, from the moment it is asked for.

import { isActive } from '../api'
import type { Job } from '../jobs/events'
import type { HistoryImage } from './api'

export interface FrameOf {
  width: number
  height: number
  image?: HistoryImage // once it is kept
  forming: boolean // whether the job's preview is of this one
}

const side = (value: unknown) => (typeof value === 'number' && value > 0 ? value : 1024)

export const countOf = (job: Job) => Math.max(1, Math.min(10, Number(job.params.count) || 1))

/** Which of the pictures is being painted, from 0 on. */
export const turnOf = (job: Job) => Math.min(countOf(job) - 1, Math.floor(job.progress * countOf(job) + 1e-6))

/** A frame for each picture; once the job has ended, for each that it made. `previewed` is whose preview there is. */
export function framesOf(job: Job, made: HistoryImage[], previewed: number): FrameOf[] {
  const shape = { width: side(job.params.width), height: side(job.params.height) }
  const count = isActive(job.status) ? countOf(job) : made.length
  return Array.from({ length: count }, (_, index) => ({
    ...shape,
    image: made[index],
    forming: index === previewed,
  }))
}
