import { useEffect, useState } from 'react'
import { ApiError, getModels, type Model } from '../api'

/** What paints here; asked for again when the server is back. */
export function useModels(reachable: boolean): Model[] {
  const [models, setModels] = useState<Model[]>([])
  useEffect(() => {
    let gone = false
    getModels().then(
      (all) => gone || setModels(all),
      (error: unknown) => {
        if (!(error instanceof ApiError)) throw error // the header says that the server does not answer
      },
    )
    return () => {
      gone = true
    }
  }, [reachable])
  return models
}
