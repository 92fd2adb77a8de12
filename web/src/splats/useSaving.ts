import { useCallback, useEffect, useRef, useState } from 'react'
import { ApiError } from '../api'
import { convert } from './api'
import { download } from './download'
import { rotationToSave, stemOf } from './formats'
import type { Placing } from './placing'
import type { Opened } from './useSplats'

export interface Saving {
  running: boolean
  saved: string | null // the name of the file that was saved last
  problem: string | null
  stop: () => void
  dismiss: () => void
}

interface State {
  running: boolean
  saved: string | null
  problem: string | null
}

const NOTHING: State = { running: false, saved: null, problem: null }

/** Has a scene written as it is placed, and downloads it. What belongs to another file is forgotten with it. */
export function useSaving(opened: Opened | null): [Saving, (format: string, placing: Placing) => void] {
  const [state, setState] = useState(NOTHING)
  const running = useRef<AbortController | null>(null)

  const stop = useCallback(() => {
    running.current?.abort()
    running.current = null
    setState(NOTHING)
  }, [])
  useEffect(() => stop, [opened, stop])

  const save = useCallback(
    (format: string, { rotation, scale }: Placing) => {
      if (!opened) return
      const { file, upright } = opened
      const call = new AbortController()
      running.current = call
      setState({ ...NOTHING, running: true })
      const name = `${stemOf(file.name)}${format}`
      convert(file, format, rotationToSave(rotation, upright), scale, call.signal).then(
        (content) => {
          if (call.signal.aborted) return
          download(content, name)
          setState({ ...NOTHING, saved: name })
        },
        (error: unknown) => {
          if (call.signal.aborted) return
          if (!(error instanceof ApiError)) throw error
          setState({ ...NOTHING, problem: error.message })
        },
      )
    },
    [opened],
  )
  const dismiss = useCallback(() => setState(NOTHING), [])
  return [{ ...state, stop, dismiss }, save]
}
