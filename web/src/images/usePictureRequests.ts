import { useRef, useState } from 'react'
import { ApiError } from '../api'
import { refresh } from '../jobs/store'
import { generate, type GenerationRequest } from './api'

export interface Requests {
  send: (asked: GenerationRequest) => void
  sending: boolean
  problem: string | null
  dismiss: () => void
}

/** Requests on their way to the server, one at a time, and its sentence where it refuses one. */
export function usePictureRequests(started: (job: string) => void): Requests {
  const [sending, setSending] = useState(false)
  const [problem, setProblem] = useState<string | null>(null)
  const busy = useRef(false)

  async function send(asked: GenerationRequest): Promise<void> {
    if (busy.current) return
    busy.current = true
    setSending(true)
    try {
      const job = await generate(asked)
      setProblem(null)
      await refresh(job)
      started(job)
    } catch (error) {
      if (!(error instanceof ApiError)) throw error
      setProblem(error.message)
    } finally {
      busy.current = false
      setSending(false)
    }
  }

  return { send: (asked) => void send(asked), sending, problem, dismiss: () => setProblem(null) }
}
