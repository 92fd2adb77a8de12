// What the server says and takes: docs/api.md, in types.

import { noteUnknown } from './session'

export type SceneType = 'auto' | 'outdoor' | 'indoor' | 'night'
export type JobStatus = 'queued' | 'processing' | 'done' | 'error' | 'cancelled'

export interface JobRow {
  id: string
  kind: string
  status: JobStatus
  progress: number
  stage: string
  created_at: string
  started_at: string | null
  finished_at: string | null
  engine: string | null
  engine_reason: string | null
  engine_licence: string | null
  title: string | null
  preview_url: string | null
  hdr_url: string | null
  error_code: string | null
  error_message: string | null
  params: Record<string, unknown>
  seed: number
  eta_seconds: number | null
  last_seq: number // of the newest event that this row knows of
}

export interface StatusAnswer {
  status: JobStatus
  progress: number
  current_stage: string
  preview_url?: string | null
  error_message?: string | null
  error_code?: string | null
  eta_seconds?: number | null
}

export type JobEvent =
  | { event: 'status'; seq: number; stage: string; progress: number; eta_seconds?: number | null }
  | { event: 'preview'; seq: number; preview_url: string }
  | { event: 'done'; seq: number; hdr_url?: string; preview_url?: string }
  | { event: 'error'; seq: number; message: string; code?: string }

export interface EngineChoice {
  name: string
  available: boolean
  reason: string // why it is taken, or why it cannot be
  licence: string | null
}

export interface Health {
  status: string
  version: string
  engines: { painter: { name: string; reason: string; licence: string; choices: EngineChoice[] } }
  workers: Record<string, unknown>[]
  queue: { queued: number; processing: number }
}

export interface Model {
  id: string
  available: boolean
  engine: string | null // what paints under this name
  reason: string // why it would be taken, or what it lacks
  licence: string | null
}

export interface LightRow {
  kind: 'sun' | 'lamp' | 'window'
  direction: [number, number, number]
  azimuth_deg: number
  altitude_deg: number
  angular_radius_deg: number
  radiance: [number, number, number]
  softness?: number
}

export interface Report {
  engine: string
  engine_reason: string
  licence: string
  scene: { type: string; reason: string }
  camera: {
    horizontal_fov_deg: number
    source: string
    pitch_deg: number
    roll_deg: number
    level_source: string
  }
  headroom: number | null
  color_profile: string | null
  lights: LightRow[]
  exposure_scale: number
  ev_offsets: number[]
  seed: number
  size: [number, number]
  notes: string[]
  seconds: Record<string, number>
}

export interface AdjustRequest {
  yaw: number
  pitch: number
  roll: number
  exposure: number
  sun: { azimuth: number; altitude: number; stops: number; remove: boolean } | null
}

/** An answer that is not a success; `message` is the server's own sentence. */
export class ApiError extends Error {
  constructor(
    message: string,
    readonly status: number,
    readonly code: string,
  ) {
    super(message)
  }
}

const UNREACHABLE = 'The Lucida server does not answer; check that it is still running.'
const BROKEN_OFF = 'The answer broke off on its way; check the connection and try again.'

async function sentence(response: Response): Promise<ApiError> {
  const text = await arrived(response.text())
  try {
    const body = JSON.parse(text) as { detail?: unknown; code?: string; error?: { message: string; code: string } }
    if (body.error) return new ApiError(body.error.message, response.status, body.error.code) // as /v1 says it
    const detail = body.detail
    if (typeof detail === 'string') return new ApiError(detail, response.status, body.code ?? 'error')
    if (Array.isArray(detail)) {
      const first = detail[0] as { msg?: string } | undefined
      return new ApiError(first?.msg ?? response.statusText, response.status, body.code ?? 'bad_parameter')
    }
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error
  }
  return new ApiError(`The server answered ${response.status} ${response.statusText}.`, response.status, 'error')
}

/** Raises ApiError for every answer that is not a success, and where there is none. */
export async function request(url: string, init?: RequestInit): Promise<Response> {
  let response: Response
  try {
    response = await fetch(url, init)
  } catch (error) {
    if (isAbort(error)) throw error
    throw new ApiError(UNREACHABLE, 0, 'unreachable')
  }
  if (response.ok) return response
  const error = await sentence(response)
  if (error.code === 'not_authenticated') noteUnknown() // a provider's own 401 is another matter
  throw error
}

const isAbort = (error: unknown) => error instanceof DOMException && error.name === 'AbortError'

/** What is read of an answer's body. Raises ApiError where it breaks off. */
export async function arrived<T>(reading: Promise<T>): Promise<T> {
  try {
    return await reading
  } catch (error) {
    if (isAbort(error)) throw error
    throw new ApiError(BROKEN_OFF, 0, 'broken_off')
  }
}

export async function json<T>(url: string, init?: RequestInit): Promise<T> {
  return arrived<T>((await request(url, init)).json())
}

export interface UploadChoices {
  scene: SceneType
  engine: string
}

/** A new job of a photo; sending again under the same key makes no second one. */
export async function upload(file: File, choices: UploadChoices, key: string): Promise<string> {
  const form = new FormData()
  form.append('file', file, file.name)
  form.append('scene_type', choices.scene)
  if (choices.engine !== 'auto') form.append('engine', choices.engine) // else the server's own choice
  const send = () =>
    json<{ job_id: string }>('/api/upload', { method: 'POST', body: form, headers: { 'Idempotency-Key': key } })
  try {
    return (await send()).job_id
  } catch (error) {
    // Lost on the way: the key makes sending it again safe.
    if (error instanceof ApiError && error.status === 0) return (await send()).job_id
    throw error
  }
}

export interface Session {
  auth: 'none' | 'token'
  user: string | null // null where nobody has to log in
}

/** Signs this browser in, by a cookie that no script reads. */
export async function signIn(token: string): Promise<Session> {
  if (!/^[!-~]+$/.test(token)) throw new ApiError('A token is one word that begins with lucida_.', 0, 'bad_token')
  return json<Session>('/api/session', { method: 'POST', headers: { Authorization: `Bearer ${token}` } })
}

export const signOut = () => request('/api/session', { method: 'DELETE' })
export const getSession = () => json<Session>('/api/session')
export const getModels = async () => (await json<{ data: Model[] }>('/v1/models')).data
export const getHealth = () => json<Health>('/health')
export const getJob = (id: string) => json<JobRow>(`/api/jobs/${id}`)
export const getStatus = (id: string) => json<StatusAnswer>(`/api/status/${id}`)
export const getReport = (id: string, signal?: AbortSignal) => json<Report>(`/api/result/${id}/report.json`, { signal })

/** The map that lights the spheres, a Radiance file. */
export const getLight = async (id: string, signal: AbortSignal) =>
  arrived((await request(assetUrl(id, 'light.hdr'), { signal })).arrayBuffer())

/** Jobs of a kind, or of all kinds, newest first. */
export const getJobs = (kind: string | null, before?: string | null, limit = 30) =>
  json<{ jobs: JobRow[]; next: string | null }>(
    `/api/jobs?limit=${limit}${kind ? `&kind=${kind}` : ''}${before ? `&before=${encodeURIComponent(before)}` : ''}`,
  )

/** Cancels a job that waits or runs, deletes one that has ended. */
export async function removeJob(id: string): Promise<'cancelling' | 'deleted'> {
  const response = await request(`/api/jobs/${id}`, { method: 'DELETE' })
  return response.status === 202 ? 'cancelling' : 'deleted'
}

export const adjust = (id: string, changes: AdjustRequest) =>
  json<{ job_id: string }>(`/api/result/${id}/adjust`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json', 'Idempotency-Key': requestKey() },
    body: JSON.stringify(changes),
  })

export const hdrUrl = (id: string, format: 'exr' | 'hdr') => `/api/result/${id}/hdr?format=${format}`
export const previewUrl = (id: string) => `/api/result/${id}/preview`
export type Asset = 'backplate.jpg' | 'backplate.png' | 'light.hdr' | 'report.json'
export const assetUrl = (id: string, asset: Asset) => `/api/result/${id}/${asset}`

export function eventsUrl(id: string, after: number): string {
  const scheme = location.protocol === 'https:' ? 'wss' : 'ws'
  return `${scheme}://${location.host}/ws/jobs/${id}?after=${after}`
}

export const isActive = (status: JobStatus) => status === 'queued' || status === 'processing'

/** A random id for a request, also where the page is not a secure context and `randomUUID` is missing. */
export function requestKey(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16))
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('')
}
