import { useEffect, useState } from 'react'
import { ApiError } from '../api'
import { getJobImages, type HistoryImage } from './api'
import type { Made } from './frames'

const NOTHING: Made = { images: [], settled: false }

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
