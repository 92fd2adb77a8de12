import { describe, expect, it } from 'vitest'
import type { JobEvent, JobRow } from '../api'
import { type Jobs, NO_JOBS, ofKind, queuePosition, reduce } from './events'

function row(id: string, change: Partial<JobRow> = {}): JobRow {
  return {
    id,
    kind: 'hdri',
    status: 'processing',
    progress: 0,
    stage: '',
    created_at: `2026-01-01T00:00:0${id}Z`,
    started_at: null,
    finished_at: null,
    engine: null,
    engine_reason: null,
    engine_licence: null,
    title: `${id}.heic`,
    preview_url: null,
    hdr_url: null,
    error_code: null,
    error_message: null,
    params: {},
    seed: 0,
    eta_seconds: null,
    last_seq: 0,
    ...change,
  }
}

const jobsOf = (...rows: JobRow[]): Jobs => reduce(NO_JOBS, { type: 'rows', rows })
const after = (jobs: Jobs, ...events: JobEvent[]) =>
  events.reduce((now, event) => reduce(now, { type: 'event', id: '1', event }), jobs)

const status = (seq: number, stage: string, progress: number): JobEvent => ({ event: 'status', seq, stage, progress })

describe('events', () => {
  it('moves a job from waiting to done, with its files', () => {
    const jobs = after(
      jobsOf(row('1', { status: 'queued' })),
      status(1, 'Loading image', 0.1),
      { event: 'preview', seq: 2, preview_url: '/p?v=a' },
      { event: 'done', seq: 3, hdr_url: '/h', preview_url: '/p?v=b' },
    )
    expect(jobs.byId['1']).toMatchObject({
      status: 'done',
      progress: 1,
      hdr_url: '/h',
      preview_url: '/p?v=b',
      lastSeq: 3,
    })
  })

  it('takes a replay twice without telling anything twice', () => {
    const events = [status(1, 'Loading image', 0.1), status(2, 'Projecting into cubemap', 0.2)]
    const once = after(jobsOf(row('1')), ...events)
    expect(after(once, ...events)).toBe(once)
    expect(once.byId['1']!.log).toHaveLength(2)
  })

  it('keeps one line of the log for the steps of one face', () => {
    const jobs = after(
      jobsOf(row('1')),
      status(1, 'Painting nz: step 1/25 (4%)', 0.1),
      status(2, 'Painting nz: step 2/25 (8%)', 0.11),
      status(3, 'Painting px: step 1/25 (4%)', 0.2),
    )
    expect(jobs.byId['1']!.log.map((line) => line.stage)).toEqual([
      'Painting nz: step 2/25 (8%)',
      'Painting px: step 1/25 (4%)',
    ])
  })

  it('knows a cancelled job from a failed one', () => {
    const cancelled = after(jobsOf(row('1')), { event: 'error', seq: 1, message: 'Stopped.', code: 'cancelled' })
    const failed = after(jobsOf(row('1')), {
      event: 'error',
      seq: 1,
      message: 'The photo ends early.',
      code: 'truncated_photo',
    })
    expect(cancelled.byId['1']!.status).toBe('cancelled')
    expect(failed.byId['1']).toMatchObject({ status: 'error', error_message: 'The photo ends early.' })
  })

  it('keeps the preview of a job whose end names none', () => {
    const jobs = after(jobsOf(row('1')), { event: 'preview', seq: 1, preview_url: '/p' }, { event: 'done', seq: 2 })
    expect(jobs.byId['1']).toMatchObject({ status: 'done', preview_url: '/p', hdr_url: null })
  })

  it('does not let a row fetched earlier take the end back', () => {
    const done = after(jobsOf(row('1')), { event: 'done', seq: 1, hdr_url: '/h', preview_url: '/p' })
    const late = reduce(done, { type: 'rows', rows: [row('1', { progress: 0.4 })] })
    expect(late.byId['1']!.status).toBe('done')
  })

  it('fills the log of an ended job from a replay and leaves the rest as it is', () => {
    const ended = jobsOf(row('1', { status: 'done', progress: 1, preview_url: '/p?v=end' }))
    const jobs = after(ended, status(1, 'Loading image', 0.1), { event: 'preview', seq: 2, preview_url: '/p?v=a' })
    expect(jobs.byId['1']).toMatchObject({ status: 'done', progress: 1, preview_url: '/p?v=end' })
    expect(jobs.byId['1']!.log).toHaveLength(1)
  })

  it('is not set back by events that a newer row has overtaken', () => {
    const ahead = jobsOf(row('1', { progress: 0.6, stage: 'Painting', last_seq: 9 }))
    const replayed = after(ahead, status(1, 'Waiting', 0), status(9, 'Painting', 0.55))
    expect(replayed.byId['1']).toMatchObject({ progress: 0.6, stage: 'Painting' })
    expect(replayed.byId['1']!.log).toHaveLength(2)
    expect(after(replayed, status(10, 'Merging', 0.7)).byId['1']!.progress).toBe(0.7)
  })

  it('starts again when its worker was lost and the job runs anew', () => {
    const lost = after(jobsOf(row('1')), status(4, 'Merging HDR stack', 0.8))
    expect(after(lost, status(5, 'Waiting', 0)).byId['1']!.progress).toBe(0)
    const anew = row('1', { progress: 0.1, stage: 'Loading image', last_seq: 6 })
    expect(reduce(lost, { type: 'rows', rows: [anew] }).byId['1']!.progress).toBe(0.1)
  })

  it('gives a preview under one address another name each time', () => {
    const first = after(jobsOf(row('1')), { event: 'preview', seq: 1, preview_url: '/p' })
    const second = after(first, { event: 'preview', seq: 2, preview_url: '/p' })
    expect(second.byId['1']!.previewVersion).not.toBe(first.byId['1']!.previewVersion)
  })
})

describe('polling', () => {
  it('never lets progress fall back', () => {
    const jobs = after(jobsOf(row('1')), status(4, 'Merging HDR stack', 0.9))
    const answer = { status: 'processing' as const, progress: 0.5, current_stage: 'Painting' }
    expect(reduce(jobs, { type: 'status', id: '1', answer }).byId['1']!.progress).toBe(0.9)
  })

  it('reads the specification’s error with the code cancelled as cancelled', () => {
    const answer = { status: 'error' as const, progress: 0.5, current_stage: '', error_code: 'cancelled' }
    expect(reduce(jobsOf(row('1')), { type: 'status', id: '1', answer }).byId['1']!.status).toBe('cancelled')
  })
})

describe('the queue', () => {
  it('counts what was accepted before and has not ended', () => {
    const jobs = jobsOf(
      row('1', { status: 'done' }),
      row('2'),
      row('3', { status: 'queued' }),
      row('4', { status: 'queued' }),
    )
    expect(queuePosition(jobs, '4')).toBe(2)
    expect(queuePosition(jobs, '2')).toBeNull()
    expect(jobs.order).toEqual(['4', '3', '2', '1'])
  })

  it('is one for all kinds, while each studio lists its own', () => {
    const jobs = ofKind(jobsOf(row('1'), row('2', { kind: 'image', status: 'queued' })), 'image')
    expect(jobs.order).toEqual(['2'])
    expect(queuePosition(jobs, '2')).toBe(1)
  })
})
