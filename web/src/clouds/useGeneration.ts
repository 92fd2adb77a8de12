import { useEffect, useState } from 'react'
import { ApiError } from '../api'
import { type Generation, getGeneration } from './api'

/** What one cloud was made of; null while it is read, and `missing` is called where there is none. */
export function useGeneration(id: string | null, missing: (id: string) => void): Generation | null {
  const [generation, setGeneration] = useState<Generation | null>(null)
  useEffect(() => {
    if (!id) return
    let gone = false
    getGeneration(id).then(
      (found) => gone || setGeneration({ ...found, id }),
      (error: unknown) => {
        if (!(error instanceof ApiError)) throw error
        if (!gone && error.status === 404) missing(id)
      },
    )
    return () => {
      gone = true
    }
  }, [id, missing])
  return generation?.id === id ? generation : null
}
