// What is known of every job, and how news changes it. Pure: the store holds it, the tests feed it.

import type { JobEvent, JobRow, JobStatus, StatusAnswer } from '../api'
import { isActive } from '../api'

export type Connection = 'idle' | 'live' | 'polling' | 'waiting'

export interface LogLine {
  seq: number
  stage: string
  progress: number
}

export interface Job extends JobRow {
  lastSeq: number
  previewVersion: string // another one for every picture behind the same address
  log: LogLine[]
  connection: Connection
  cancelling: boolean
}

export interface Jobs {
  byId: Record<string, Job>
  order: string[] // newest first
}

export type News =
  | { type: 'rows'; rows: JobRow[] }
  | { type: 'event'; id: string; event: JobEvent }
  | { type: 'status'; id: string; answer: StatusAnswer }
  | { type: 'connection'; id: string; connection: Connection }
  | { type: 'cancelling'; id: string; cancelling: boolean }
  | { type: 'removed'; id: string }

const LOG_LIMIT = 400

export const NO_JOBS: Jobs = { byId: {}, order: [] }

/** The jobs after the news. Events already seen change nothing, so a replay is harmless. */
export function reduce(jobs: Jobs, news: News): Jobs {
  switch (news.type) {
    case 'rows':
      return withRows(jobs, news.rows)
    case 'removed': {
      const byId = { ...jobs.byId }
      delete byId[news.id]
      return { byId, order: jobs.order.filter((id) => id !== news.id) }
    }
    case 'event':
      return change(jobs, news.id, (job) => afterEvent(job, news.event))
    case 'status':
      return change(jobs, news.id, (job) => afterStatus(job, news.answer))
    case 'connection':
      return change(jobs, news.id, (job) =>
        job.connection === news.connection ? job : { ...job, connection: news.connection },
      )
    case 'cancelling':
      return change(jobs, news.id, (job) => (isActive(job.status) ? { ...job, cancelling: news.cancelling } : job))
  }
}

function change(jobs: Jobs, id: string, how: (job: Job) => Job): Jobs {
  const job = jobs.byId[id]
  if (!job) return jobs
  const next = how(job)
  return next === job ? jobs : { ...jobs, byId: { ...jobs.byId, [id]: next } }
}

function withRows(jobs: Jobs, rows: JobRow[]): Jobs {
  const byId = { ...jobs.byId }
  for (const row of rows) byId[row.id] = withRow(byId[row.id], row)
  const order = Object.values(byId)
    .sort((a, b) => b.created_at.localeCompare(a.created_at) || b.id.localeCompare(a.id))
    .map((job) => job.id)
  return { byId, order }
}

function withRow(known: Job | undefined, row: JobRow): Job {
  if (!known)
    return { ...row, lastSeq: 0, previewVersion: version(row), log: [], connection: 'idle', cancelling: false }
  // A row fetched before an event arrived must not take the event back.
  if (!isActive(known.status) && isActive(row.status)) return known
  const late = row.last_seq < known.lastSeq && isActive(row.status)
  return {
    ...known,
    ...row,
    progress: late ? known.progress : row.progress,
    stage: late ? known.stage : row.stage,
    preview_url: row.preview_url ?? known.preview_url,
    previewVersion: version(row) || known.previewVersion,
    cancelling: known.cancelling && isActive(row.status),
  }
}

const version = (row: JobRow) => (row.status === 'done' ? 'done' : '')

function afterEvent(job: Job, event: JobEvent): Job {
  if (event.seq <= job.lastSeq) return job
  const next: Job = { ...job, lastSeq: event.seq }
  if (event.event === 'status')
    next.log = logged(job.log, { seq: event.seq, stage: event.stage, progress: event.progress })
  if (!isActive(job.status)) return next // a replay of an ended job only fills its log
  switch (event.event) {
    case 'status':
      if (event.seq <= job.last_seq) return next // the row that is shown is newer
      next.status = 'processing'
      next.stage = event.stage
      next.progress = event.progress
      if (event.eta_seconds !== undefined) next.eta_seconds = event.eta_seconds
      return next
    case 'preview':
      if (event.seq < job.last_seq && job.preview_url) return next
      return { ...next, preview_url: event.preview_url, previewVersion: `${event.seq}` }
    case 'done':
      return {
        ...next,
        ...ended('done'),
        hdr_url: event.hdr_url ?? null,
        preview_url: event.preview_url ?? job.preview_url,
        previewVersion: 'done',
      }
    case 'error': {
      const status: JobStatus = event.code === 'cancelled' ? 'cancelled' : 'error'
      return { ...next, ...ended(status, job.progress), error_message: event.message, error_code: event.code ?? null }
    }
  }
}

function ended(status: JobStatus, progress = 1): Pick<Job, 'status' | 'progress' | 'cancelling' | 'eta_seconds'> {
  return { status, progress, cancelling: false, eta_seconds: null }
}

function logged(log: LogLine[], line: LogLine): LogLine[] {
  const last = log[log.length - 1]
  // Steps of one face replace each other; the log tells what happened, not how often it was told.
  const kept = last && sameWork(last.stage, line.stage) ? log.slice(0, -1) : log
  return [...kept, line].slice(-LOG_LIMIT)
}

const STEP = /,?:?\s*step \d+\/\d+.*$/i

function sameWork(a: string, b: string): boolean {
  return a === b || (STEP.test(b) && a.replace(STEP, '') === b.replace(STEP, ''))
}

function afterStatus(job: Job, answer: StatusAnswer): Job {
  if (!isActive(job.status)) return job
  // The specification's words have no "cancelled"; the code tells.
  const status = answer.error_code === 'cancelled' ? 'cancelled' : answer.status
  const next: Job = {
    ...job,
    status,
    progress: isActive(status) ? Math.max(job.progress, answer.progress) : answer.progress,
    stage: answer.current_stage,
    eta_seconds: answer.eta_seconds ?? null,
    preview_url: answer.preview_url ?? job.preview_url,
    error_message: answer.error_message ?? null,
    error_code: answer.error_code ?? null,
  }
  if (answer.status === 'done') next.previewVersion = 'done'
  else if (answer.preview_url) next.previewVersion = `p${Math.round(answer.progress * 100)}`
  if (answer.current_stage && answer.current_stage !== job.stage)
    next.log = logged(job.log, { seq: job.lastSeq, stage: answer.current_stage, progress: answer.progress })
  if (!isActive(status)) next.cancelling = false
  return next
}

/** The same jobs, in whose order only one kind stands. */
export const ofKind = (jobs: Jobs, kind: string): Jobs => ({
  ...jobs,
  order: jobs.order.filter((id) => jobs.byId[id]!.kind === kind),
})

/** How many jobs are before this one in the queue, or null when it does not wait. */
export function queuePosition(jobs: Jobs, id: string): number | null {
  const job = jobs.byId[id]
  if (job?.status !== 'queued') return null
  return Object.values(jobs.byId).filter(
    (other) => isActive(other.status) && other.id !== id && other.created_at < job.created_at,
  ).length
}
