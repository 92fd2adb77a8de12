import { useCallback, useRef, useState } from 'react'
import { ApiError } from '../api'
import { refresh } from '../jobs/store'
import { generate, type Wanted } from './api'

export interface Request {
  send: (wanted: Wanted) => void
  sending: boolean
  stop: () => void
  problem: string | null
  dismiss: () => void
}

/** What is asked for on its way to the server, and its sentence where it refuses. */
export function useRequest(started: (job: string, wanted: Wanted) => void): Request {
  const [sending, setSending] = useState(false)
  const [problem, setProblem] = useState<string | null>(null)
  const abort = useRef<AbortController | null>(null)

  async function send(wanted: Wanted): Promise<void> {
    if (abort.current) return
    const mine = new AbortController()
    abort.current = mine
    setSending(true)
    setProblem(null)
    try {
      const job = await generate(wanted, mine.signal)
      await refresh(job)
      started(job, wanted)
    } catch (error) {
      if (mine.signal.aborted) return
      if (!(error instanceof ApiError)) throw error
      setProblem(error.message)
    } finally {
      abort.current = null
      setSending(false)
    }
  }

  const stop = useCallback(() => abort.current?.abort(), [])
  return { send: (wanted) => void send(wanted), sending, stop, problem, dismiss: () => setProblem(null) }
}
