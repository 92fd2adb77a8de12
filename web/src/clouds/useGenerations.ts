import { useCallback, useEffect, useRef, useState } from 'react'
import { ApiError } from '../api'
import { getGenerations } from './api'
import { type Generations, NO_GENERATIONS, withNewest, without, withOlder } from './generations'

export interface Kept extends Generations {
  loaded: boolean
  problem: string | null
  older: () => void
  remove: (id: string) => void
}

/** The clouds that are kept, read anew with each change of `key`. */
export function useGenerations(key: string): Kept {
  const [known, setKnown] = useState(NO_GENERATIONS)
  const [loaded, setLoaded] = useState(false)
  const [problem, setProblem] = useState<string | null>(null)
  const busy = useRef(false)

  const read = useCallback(async (before: string | null): Promise<void> => {
    try {
      const page = await getGenerations(before)
      setKnown((now) => (before === null ? withNewest(now, page) : withOlder(now, page)))
      setLoaded(true)
      setProblem(null)
    } catch (error) {
      if (!(error instanceof ApiError)) throw error
      setProblem(error.message)
    }
  }, [])

  useEffect(() => void read(null), [key, read])

  const { next } = known
  const older = useCallback(() => {
    if (busy.current || next === null) return
    busy.current = true
    void read(next).finally(() => {
      busy.current = false
    })
  }, [next, read])

  const remove = useCallback((id: string) => setKnown((now) => without(now, id)), [])
  return { ...known, loaded, problem, older, remove }
}
