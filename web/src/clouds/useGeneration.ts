import { useEffect, useState } from 'react'
import { ApiError } from '../api'
import { getMetadata, type Metadata } from './api'

/** What one cloud was made of; null while it is read, and `missing` is called where there is none. */
export function useGeneration(id: string | null, missing: (id: string) => void): Metadata | null {
  const [generation, setGeneration] = useState<Metadata | null>(null)
  useEffect(() => {
    if (!id) return
    let gone = false
    getMetadata(id).then(
      (found) => gone || setGeneration(found),
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
