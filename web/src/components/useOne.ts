import { useCallback, useEffect, useState } from 'react'
import { ApiError } from '../api'

interface One<T> {
  one: T | null
  problem: string | null
  again: () => void // reads what did not come
}

/** What the server has of this id; null while it is read, and `missing` is called where there is none. */
export function useOne<T extends { id: string }>(
  id: string | null,
  read: (id: string) => Promise<T>,
  missing: (id: string) => void,
  reachable: boolean,
): One<T> {
  const [one, setOne] = useState<T | null>(null)
  const [problem, setProblem] = useState<string | null>(null)
  const [attempt, setAttempt] = useState(0)
  useEffect(() => {
    setProblem(null)
    if (!id || one?.id === id) return
    let gone = false
    read(id).then(
      (found) => gone || setOne(found),
      (error: unknown) => {
        if (!(error instanceof ApiError)) throw error
        if (gone) return
        if (error.status === 404) missing(id)
        else setProblem(error.message)
      },
    )
    return () => {
      gone = true
    }
  }, [id, read, missing, reachable, attempt])
  const again = useCallback(() => setAttempt((attempt) => attempt + 1), [])
  return { one: one?.id === id ? one : null, problem, again }
}
