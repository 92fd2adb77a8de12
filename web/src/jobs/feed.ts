// One job's news: a WebSocket that comes back, and polling while it cannot.

import type { JobEvent, StatusAnswer } from '../api'
import { ApiError, eventsUrl, getStatus, isActive } from '../api'
import type { Connection } from './events'

const FIRST_WAIT = 500 // ms
const LONGEST_WAIT = 10_000
const FAILURES_BEFORE_POLLING = 2
const POLL_EVERY = 1000

export interface FeedListener {
  lastSeq: () => number
  event: (event: JobEvent) => void
  status: (answer: StatusAnswer) => void
  connection: (connection: Connection) => void
  resync: () => Promise<void> // reads the job's row, so that what is sent again does not set it back
  ended: () => void
  gone: () => void
}

/** Follows a job until it ends or the returned function is called. */
export function followJob(id: string, listener: FeedListener): () => void {
  let socket: WebSocket | null = null
  let timer: ReturnType<typeof setTimeout> | undefined
  let failures = 0
  let stopped = false

  function stop(): void {
    stopped = true
    clearTimeout(timer)
    socket?.close()
    listener.connection('idle')
  }

  function finish(): void {
    stop()
    listener.ended()
  }

  function connect(): void {
    if (stopped) return
    let opened = false
    socket = new WebSocket(eventsUrl(id, listener.lastSeq()))
    socket.onopen = () => {
      opened = true
      failures = 0
      listener.connection('live')
    }
    socket.onmessage = (message: MessageEvent<string>) => {
      const event = JSON.parse(message.data) as JobEvent
      listener.event(event)
      if (event.event === 'done' || event.event === 'error') finish()
    }
    socket.onclose = () => {
      socket = null
      if (stopped) return
      if (!opened) failures += 1
      if (failures >= FAILURES_BEFORE_POLLING) {
        listener.connection('polling')
        void poll()
      } else {
        listener.connection('waiting')
        timer = setTimeout(() => void askThenConnect(), Math.min(LONGEST_WAIT, FIRST_WAIT * 2 ** failures))
      }
    }
  }

  // A socket that closes may mean that the job ended: one question settles it.
  async function askThenConnect(): Promise<void> {
    if (!(await ask())) return
    await listener.resync()
    connect()
  }

  async function ask(): Promise<boolean> {
    try {
      const answer = await getStatus(id)
      if (stopped) return false
      listener.status(answer)
      if (!isActive(answer.status)) {
        finish()
        return false
      }
    } catch (error) {
      if (!(error instanceof ApiError)) throw error
      if (error.status === 404) {
        stop()
        listener.gone()
        return false
      }
      if (error.status === 401) {
        stop() // the page asks for a login, and then begins anew
        return false
      }
      if (error.status === 0) listener.connection('waiting')
    }
    return !stopped
  }

  async function poll(round = 1): Promise<void> {
    if (!(await ask())) return
    // Every so often the better way is tried again.
    timer = setTimeout(() => void (round % 10 === 0 ? askThenConnect() : poll(round + 1)), POLL_EVERY)
  }

  connect()
  return stop
}
