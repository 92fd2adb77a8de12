// Where each picture is shown, from the moment it is asked for.

import { isActive } from '../api'
import { versioned } from '../components/preview'
import type { Job } from '../jobs/events'
import type { HistoryImage, ImageView } from './api'

export interface FrameOf {
  key: string // the same from the first sketch to the finished picture
  width: number
  height: number
  image?: HistoryImage // once it is kept
  under?: string // the address of what is shown until it is there
}

/** The pictures of a job as far as they are known; `settled` once none is missing that there is. */
export interface Made {
  images: HistoryImage[]
  settled: boolean
}

const side = (value: unknown) => (typeof value === 'number' && value > 0 ? value : 1024)

export const countOf = (job: Job) => Math.max(1, Math.min(10, Number(job.params.count) || 1))

/** Which of the pictures is being painted, from 0 on. */
export const turnOf = (job: Job) => Math.min(countOf(job) - 1, Math.floor(job.progress * countOf(job) + 1e-6))

/** A frame for each picture; once the job has ended, for each that it made. `previewed` is whose preview there is. */
export function framesOfJob(job: Job, { images, settled }: Made, previewed: number): FrameOf[] {
  const ended = job.status === 'done' ? settled : !isActive(job.status)
  return Array.from({ length: ended ? images.length : countOf(job) }, (_, index) => ({
    key: `${job.id} ${index}`,
    width: side(job.params.width),
    height: side(job.params.height),
    image: images[index],
    under: index === previewed ? versioned(job) : images[index]?.thumbnailUrl,
  }))
}

export function frameOfPicture(image: ImageView): FrameOf {
  return { key: image.id, width: image.width, height: image.height, image, under: image.thumbnailUrl }
}
