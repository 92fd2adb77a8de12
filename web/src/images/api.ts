// The routes of pictures from words: docs/api.md, Pictures.

import { ApiError, json, request, requestKey } from '../api'

export interface GenerationRequest {
  prompt: string
  negative_prompt: string
  model: string
  width: number
  height: number
  n: number
  steps: number
  cfg_scale: number
  sampler: string
  seed: number
  hires_fix: boolean
}

export interface HistoryImage {
  id: string
  prompt: string
  imageUrl: string
  thumbnailUrl: string
  modelUsed: string
  createdAt: string
}

export interface Parameters {
  steps?: number
  cfgScale?: number
  sampler?: string
  seed?: number
  hiresFix?: boolean
  engineReason?: string
  licence?: string
  notes?: string[]
}

export interface ImageView extends HistoryImage {
  negativePrompt: string
  width: number
  height: number
  parameters: Parameters
  generationTime: number // seconds
  fileSize: number // bytes
  contentType: string
  jobId: string | null
}

export interface ImagePage {
  images: HistoryImage[]
  total: number
  page: number
  perPage: number
}

export const getImage = (id: string) => json<ImageView>(`/api/images/${id}/`)

export const getImages = (page: number, perPage: number, search: string) =>
  json<ImagePage>(`/api/images/history/?${new URLSearchParams({ page: `${page}`, perPage: `${perPage}`, search })}`)

/** The pictures of a job in the order they were painted. */
export const getJobImages = async (job: string) =>
  (await json<ImagePage>(`/api/images/history/?job=${job}`)).images.toReversed()

/** Deletes a picture; one that somebody has deleted before is as good as deleted. */
export async function deleteImage(id: string): Promise<void> {
  try {
    await request(`/api/images/${id}/`, { method: 'DELETE' })
  } catch (error) {
    if (!(error instanceof ApiError) || error.status !== 404) throw error
  }
}

/** The job of what is asked for. */
export async function generate(asked: GenerationRequest): Promise<string> {
  const headers = { 'Content-Type': 'application/json', 'Idempotency-Key': requestKey(), Prefer: 'respond-async' }
  const send = () =>
    json<{ job_id: string }>('/v1/images/generations', { method: 'POST', headers, body: JSON.stringify(asked) })
  try {
    return (await send()).job_id
  } catch (error) {
    // Lost on the way: the key makes sending it again safe.
    if (error instanceof ApiError && error.status === 0) return (await send()).job_id
    throw error
  }
}
