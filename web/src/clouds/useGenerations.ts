import { useCallback, useEffect, useRef, useState } from 'react'
import { ApiError } from '../api'
import { getGenerations } from './api'
import { type Generations, NO_GENERATIONS, withNewest, without, withOlder } from './generations'

export interface Kept extends Generations {
  loaded: boolean
  problem: string | null
  again: () => void // reads what did not come
  older: () => void
  remove: (id: string) => void
}

/** The clouds that are kept, read anew with each change of `key` and when the server is back. */
export function useGenerations(key: string, reachable: boolean): Kept {
  const [known, setKnown] = useState(NO_GENERATIONS)
  const [loaded, setLoaded] = useState(false)
  const [failed, setFailed] = useState<{ before: string | null; words: string } | null>(null)
  const turn = useRef(0) // of the reads of the newest, of which the last counts
  const gone = useRef(new Set<string>()) // an answer that was on its way brings none of these back

  const read = useCallback(async (before: string | null): Promise<void> => {
    const mine = before === null ? ++turn.current : 0
    const late = () => before === null && mine !== turn.current
    try {
      const answer = await getGenerations(before)
      if (late()) return
      const page = { ...answer, generations: answer.generations.filter(({ id }) => !gone.current.has(id)) }
      setKnown((now) => {
        if (before === null) return withNewest(now, page)
        return now.next === before ? withOlder(now, page) : now // pressed twice, or begun anew
      })
      setLoaded(true)
      setFailed(null)
    } catch (error) {
      if (!(error instanceof ApiError)) throw error
      if (!late()) setFailed({ before, words: error.message })
    }
  }, [])

  useEffect(() => void read(null), [key, reachable, read])

  const { next } = known
  const older = useCallback(() => {
    if (next !== null) void read(next)
  }, [next, read])

  const remove = useCallback((id: string) => {
    gone.current.add(id)
    setKnown((now) => without(now, id))
  }, [])
  const again = () => void read(failed?.before ?? null)
  return { ...known, loaded, problem: failed?.words ?? null, again, older, remove }
}
