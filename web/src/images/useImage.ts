import { useEffect, useState } from 'react'
import { ApiError } from '../api'
import { getImage, getJobImages, type HistoryImage, type ImageView } from './api'

/** One picture with what it was made from; null while it is read, and `missing` is called where there is none. */
export function useImage(id: string | null, missing: (id: string) => void): ImageView | null {
  const [image, setImage] = useState<ImageView | null>(null)
  useEffect(() => {
    if (!id) return
    let gone = false
    getImage(id).then(
      (found) => gone || setImage(found),
      (error: unknown) => {
        if (!(error instanceof ApiError)) throw error
        if (!gone && error.status === 404) missing(id)
      },
    )
    return () => {
      gone = true
    }
  }, [id, missing])
  return image?.id === id ? image : null
}

/** The pictures a job has made so far; read anew with each change of `turn`. Null until the first answer. */
export function useJobImages(job: string | null, turn: string): HistoryImage[] | null {
  const [made, setMade] = useState<{ job: string; images: HistoryImage[] } | null>(null)
  useEffect(() => {
    if (!job) return
    let gone = false
    getJobImages(job).then(
      (images) => gone || setMade({ job, images }),
      (error: unknown) => {
        if (!(error instanceof ApiError)) throw error // the next turn asks again
      },
    )
    return () => {
      gone = true
    }
  }, [job, turn])
  return made?.job === job ? made.images : null
}
