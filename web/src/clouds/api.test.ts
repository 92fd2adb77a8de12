import { afterEach, describe, expect, it, vi } from 'vitest'
import { ApiError } from '../api'
import { fetchCloud, getGenerations } from './api'

afterEach(() => vi.unstubAllGlobals())

/** Answers with so many bytes, after which the connection is lost. */
function answerUntil(lost: unknown): void {
  const body = () =>
    new ReadableStream({
      start: (stream) => stream.enqueue(new Uint8Array(3)),
      pull: (stream) => stream.error(lost),
    })
  vi.stubGlobal('fetch', () => Promise.resolve(new Response(body())))
}

const fetchPoints = () => fetchCloud('/cloud.bin', new AbortController().signal, () => {})
const failure = (reading: Promise<unknown>) => reading.catch((error: unknown) => error)

describe('an answer that breaks off', () => {
  it('is an error with a sentence, like one that does not come', async () => {
    answerUntil(new TypeError('network error'))
    for (const read of [fetchPoints, getGenerations]) {
      const error = await failure(read())
      expect(error).toBeInstanceOf(ApiError)
      expect(error).toMatchObject({ status: 0, message: expect.stringContaining('broke off') })
    }
  })

  it('is none where it was stopped', async () => {
    const stopped = new DOMException('stopped', 'AbortError')
    answerUntil(stopped)
    expect(await failure(fetchPoints())).toBe(stopped)
  })
})
