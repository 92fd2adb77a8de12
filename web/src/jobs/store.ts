// The jobs of this page, kept true to the server's, and the feeds that keep them so.

import { useMemo, useSyncExternalStore } from 'react'
import { ApiError, getJob, getJobs, isActive, type JobRow, removeJob } from '../api'
import { type Job, type Jobs, type News, NO_JOBS, ofKind, reduce } from './events'
import { followJob } from './feed'
import { type Sample, sampled, timeLeft } from './timeLeft'

let jobs: Jobs = NO_JOBS
const nextPages = new Map<string, string | null>() // of each kind
const listeners = new Set<() => void>()
const feeds = new Map<string, () => void>()
const pace = new Map<string, Sample[]>()
const deleted = new Set<string>()

function tell(news: News): void {
  const before = jobs
  jobs = reduce(jobs, news)
  if (jobs === before) return
  if ('id' in news) measurePace(jobs.byId[news.id])
  for (const listener of listeners) listener()
}

function measurePace(job: Job | undefined): void {
  if (!job) return
  if (!isActive(job.status)) pace.delete(job.id)
  else if (job.status === 'processing')
    pace.set(job.id, sampled(pace.get(job.id) ?? [], { time: performance.now() / 1000, progress: job.progress }))
}

/** Seconds the job will still take: by the pace seen here, else the server's word, which is older. */
export function secondsLeft(job: Job): number | null {
  return timeLeft(pace.get(job.id) ?? []) ?? job.eta_seconds
}

function follow(id: string): void {
  if (feeds.has(id)) return
  const stop = followJob(id, {
    lastSeq: () => jobs.byId[id]?.lastSeq ?? 0,
    event: (event) => tell({ type: 'event', id, event }),
    status: (answer) => tell({ type: 'status', id, answer }),
    connection: (connection) => tell({ type: 'connection', id, connection }),
    resync: async () => void (await refresh(id)),
    ended: () => {
      feeds.delete(id)
      void refresh(id)
    },
    gone: () => {
      feeds.delete(id)
      tell({ type: 'removed', id })
    },
  })
  feeds.set(id, stop)
}

/** Reads one job anew and follows it while it runs; false where there is no such job. */
export async function refresh(id: string): Promise<boolean> {
  if (deleted.has(id)) return false
  try {
    const row = await getJob(id)
    if (deleted.has(id)) return false // while the answer was on its way
    tell({ type: 'rows', rows: [row] })
    if (isActive(row.status)) follow(id)
    return true
  } catch (error) {
    if (error instanceof ApiError && error.status === 404) {
      tell({ type: 'removed', id })
      return false
    }
    if (error instanceof ApiError) return jobs.byId[id] !== undefined
    throw error
  }
}

/** Reads the newest jobs of a kind, and what runs or waits of the others, and follows those that run. */
export async function loadJobs(kind: string): Promise<void> {
  const [page, all] = await Promise.all([getJobs(kind), getJobs(null)])
  if (!nextPages.has(kind)) nextPages.set(kind, page.next)
  const others = all.jobs.filter((row) => row.kind !== kind && isActive(row.status))
  const rows = [...page.jobs, ...others].filter(notDeleted)
  tell({ type: 'rows', rows })
  for (const row of rows) if (isActive(row.status)) follow(row.id)
}

// An answer that was on its way when the job was deleted brings nothing back.
const notDeleted = (row: JobRow) => !deleted.has(row.id)

export const hasOlder = (kind: string) => Boolean(nextPages.get(kind))

export async function loadOlder(kind: string): Promise<void> {
  const before = nextPages.get(kind)
  if (!before) return
  try {
    const page = await getJobs(kind, before)
    nextPages.set(kind, page.next)
    tell({ type: 'rows', rows: page.jobs.filter(notDeleted) })
    for (const listener of listeners) listener()
  } catch (error) {
    if (!(error instanceof ApiError)) throw error // what was to come can be asked for again
  }
}

/** Fills the log of a job that ended before this page was opened. */
export function replay(id: string): void {
  const job = jobs.byId[id]
  if (job && !isActive(job.status) && job.lastSeq === 0) follow(id)
}

/** Cancels a job that waits or runs, forgets one that has ended; the server's sentence where it does neither. */
export async function remove(id: string): Promise<string | null> {
  let refusal: string | null = null
  tell({ type: 'cancelling', id, cancelling: true })
  try {
    if ((await removeJob(id)) === 'deleted') {
      deleted.add(id)
      feeds.get(id)?.()
      feeds.delete(id)
      tell({ type: 'removed', id })
    }
  } catch (error) {
    if (!(error instanceof ApiError)) throw error
    tell({ type: 'cancelling', id, cancelling: false })
    if (error.status !== 404) refusal = error.message // what is gone already needs no more
  }
  if (!deleted.has(id)) await refresh(id)
  return refusal
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener)
  return () => listeners.delete(listener)
}

/** All jobs that are known, with those of a kind in the order. */
export function useJobs(kind: string): Jobs {
  const all = useSyncExternalStore(subscribe, () => jobs)
  return useMemo(() => ofKind(all, kind), [all, kind])
}
