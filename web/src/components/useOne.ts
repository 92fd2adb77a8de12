import { useEffect, useState } from 'react'
import { ApiError } from '../api'

/** What the server has of this id; null while it is read, and `missing` is called where there is none. */
export function useOne<T extends { id: string }>(
  id: string | null,
  read: (id: string) => Promise<T>,
  missing: (id: string) => void,
): T | null {
  const [one, setOne] = useState<T | null>(null)
  useEffect(() => {
    if (!id) return
    let gone = false
    read(id).then(
      (found) => gone || setOne(found),
      (error: unknown) => {
        if (!(error instanceof ApiError)) throw error
        if (!gone && error.status === 404) missing(id)
      },
    )
    return () => {
      gone = true
    }
  }, [id, read, missing])
  return one?.id === id ? one : null
}
