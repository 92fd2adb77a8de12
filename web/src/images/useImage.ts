import { useEffect, useState } from 'react'
import { ApiError } from '../api'
import { getImage, getJobImages, type HistoryImage, type ImageView } from './api'
import type { Made } from './frames'

const NOTHING: Made = { images: [], settled: false }

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

/** The pictures a job has made so far; read anew with each change of `turn`. */
export function useJobImages(job: string | null, turn: string): Made {
  const [made, setMade] = useState<{ job: string; turn: string; images: HistoryImage[] } | null>(null)
  useEffect(() => {
    if (!job) return
    let gone = false
    getJobImages(job).then(
      (images) => gone || setMade({ job, turn, images }),
      (error: unknown) => {
        if (!(error instanceof ApiError)) throw error // the next turn asks again
      },
    )
    return () => {
      gone = true
    }
  }, [job, turn])
  return made?.job === job ? { images: made.images, settled: made.turn === turn } : NOTHING
}
