// The routes of point clouds: docs/api.md, Point clouds.

import { arrived, json, request } from '../api'
import { lengthOf } from './decode'
import type { Settings } from './settings'

export type Engines = Partial<Record<string, { name: string; reason: string; licence: string }>>

export interface Generation {
  id: string // of its job, too
  title: string // its words; without any, the name of the picture it was made from
  prompt: string
  vibe: string
  mode: string
  created_at: string
  width: number
  height: number
  projection: string
  point_count: number
  segments_detected: string[]
  engines: Engines
  timing: Partial<Record<string, number>>
}

/** What `metadata.json` tells besides. */
export interface Metadata extends Generation {
  seed: number
  notes: string[]
  focal_px: number | null // null where nobody knows how the camera saw it
  near: number // metres
  seam_score: number | null // of a panorama as it was painted
}

export interface GenerationPage {
  generations: Generation[]
  next: string | null // what older ones are asked for with
}

export const getGenerations = (before?: string | null, limit = 30) =>
  json<GenerationPage>(`/generations?limit=${limit}${before ? `&before=${encodeURIComponent(before)}` : ''}`)

export const getMetadata = (id: string) => json<Metadata>(`/generations/${id}`)

export type Asset = 'image.png' | 'depth.png' | 'segments.png' | 'metadata.json'
export const assetUrl = (id: string, asset: Asset) => `/generations/${id}/${asset}`

/** In which form points come: as the format has them, or as the camera saw them; with or without those at edges. */
export type Form = {
  projection?: 'perspective'
  drop_edges?: 'true'
}

export const cloudUrl = (id: string, query: Partial<Record<string, string | number>> = {}) => {
  const given = Object.entries(query).filter(([, value]) => value !== undefined)
  const said = new URLSearchParams(given.map(([name, value]) => [name, `${value}`])).toString()
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
    ...(!picture && { vibe: vibe.trim() }),
    mode,
    ...(depthModel !== 'auto' && { depth_model: depthModel }), // else the server's own choice
    ...(segModel !== 'auto' && { seg_model: segModel }),
    ...(!picture && { image_model: imageModel }),
    ...(!picture && imageModel === 'openai' && apiKey && { api_key: apiKey.trim() }),
    ...(seed >= 0 && { seed }),
  }
}

/** The job of what is asked for. */
export async function generate(wanted: Wanted, signal: AbortSignal): Promise<string> {
  const fields = fieldsOf(wanted)
  const headers: Record<string, string> = { Prefer: 'respond-async' }
  let body: FormData | string
  if (wanted.picture) {
    body = new FormData()
    for (const [name, value] of Object.entries(fields)) body.append(name, `${value}`)
    body.append('image', wanted.picture, wanted.picture.name)
  } else {
    headers['Content-Type'] = 'application/json'
    body = JSON.stringify(fields)
  }
  return (await json<{ job_id: string }>('/generate', { method: 'POST', headers, body, signal })).job_id
}

/** A file as it comes; `told` hears which share of it is there, where that is known. */
export async function fetchCloud(
  url: string,
  signal: AbortSignal,
  told: (share: number) => void,
): Promise<ArrayBuffer> {
  const response = await request(url, { signal })
  if (!response.body) return arrived(response.arrayBuffer())
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
  for (let read = await arrived(reader.read()); !read.done; read = await arrived(reader.read())) yield read.value
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
