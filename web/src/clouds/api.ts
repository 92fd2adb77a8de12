// The routes of point clouds: docs/api.md, Point clouds.

import { ApiError, json, request, requestKey } from '../api'
import { lengthOf } from './decode'
import type { Settings } from './settings'

export interface Engines {
  [step: string]: { name?: string; reason?: string; licence?: string } | string | undefined
}

export interface Generation {
  id: string // of its job, too
  prompt: string
  vibe: string
  mode: string
  created_at: string
  width: number
  height: number
  projection: string
  point_count: number
  segments_detected: string[]
  engines?: Engines
  timing?: Record<string, number>
  seed?: number
  notes?: string[]
  urls?: Partial<Record<'image' | 'depth' | 'segments' | 'metadata' | 'cloud', string>>
}

export interface GenerationPage {
  generations: Generation[]
  next: string | null
}

export const getGenerations = (before?: string | null, limit = 30) =>
  json<GenerationPage>(`/generations?limit=${limit}${before ? `&before=${encodeURIComponent(before)}` : ''}`)

export const getGeneration = (id: string) => json<Generation>(`/generations/${id}`)

export type Asset = 'image.png' | 'depth.png' | 'segments.png' | 'metadata.json'
export const assetUrl = (id: string, asset: Asset) => `/generations/${id}/${asset}`

export const cloudUrl = (id: string, query: Record<string, string | number> = {}) => {
  const said = new URLSearchParams(Object.entries(query).map(([name, value]) => [name, `${value}`])).toString()
  return `/generations/${id}/cloud.bin${said && `?${said}`}`
}

/** What is to become a cloud: words, or a picture with or without them. */
export interface Wanted {
  prompt: string
  picture: File | null
  settings: Settings
  apiKey: string
}

/** The fields of a request; what is as the server has it anyway is not sent. */
export function fieldsOf({ prompt, picture, settings, apiKey }: Wanted): Record<string, string | number> {
  const { vibe, mode, imageModel, depthModel, segModel, seed } = settings
  return {
    prompt: prompt.trim(),
    vibe: vibe.trim(),
    mode,
    depth_model: depthModel,
    seg_model: segModel,
    ...(!picture && { image_model: imageModel }),
    ...(!picture && imageModel === 'openai' && apiKey && { api_key: apiKey.trim() }),
    ...(seed >= 0 && { seed }),
  }
}

/** The job of what is asked for. */
export async function generate(wanted: Wanted, signal: AbortSignal): Promise<string> {
  const fields = fieldsOf(wanted)
  const headers: Record<string, string> = { 'Idempotency-Key': requestKey(), Prefer: 'respond-async' }
  let body: FormData | string
  if (wanted.picture) {
    body = new FormData()
    for (const [name, value] of Object.entries(fields)) body.append(name, `${value}`)
    body.append('image', wanted.picture, wanted.picture.name)
  } else {
    headers['Content-Type'] = 'application/json'
    body = JSON.stringify(fields)
  }
  const send = () => json<{ job_id: string }>('/generate', { method: 'POST', headers, body, signal })
  try {
    return (await send()).job_id
  } catch (error) {
    // Lost on the way: the key makes sending it again safe, but nobody's own key is sent twice.
    if (error instanceof ApiError && error.status === 0 && !('api_key' in fields)) return (await send()).job_id
    throw error
  }
}

/** A file as it comes; `told` hears which share of it is there, where that is known. */
export async function fetchCloud(
  url: string,
  signal: AbortSignal,
  told: (share: number) => void,
): Promise<ArrayBuffer> {
  const response = await request(url, { signal })
  if (!response.body) return response.arrayBuffer()
  const parts: Uint8Array[] = []
  let [length, here]: [number | null, number] = [null, 0]
  for await (const part of partsOf(response.body)) {
    parts.push(part)
    here += part.length
    length ??= lengthOf(joined(parts, here)) // of the cloud, for the transfer may be packed
    if (length) told(Math.min(1, here / length))
  }
  return joined(parts, here).buffer
}

// Not every browser iterates over a stream.
async function* partsOf(stream: ReadableStream<Uint8Array>): AsyncGenerator<Uint8Array> {
  const reader = stream.getReader()
  for (let read = await reader.read(); !read.done; read = await reader.read()) yield read.value
}

function joined(parts: Uint8Array[], length: number): Uint8Array<ArrayBuffer> {
  const whole = new Uint8Array(length)
  let at = 0
  for (const part of parts) {
    whole.set(part, at)
    at += part.length
  }
  return whole
}
