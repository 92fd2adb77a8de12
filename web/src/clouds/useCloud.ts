import { useEffect, useState } from 'react'
import { ApiError } from '../api'
import { cloudUrl, fetchCloud } from './api'
import { BadCloud, type Cloud, decode } from './decode'

export interface Loading {
  id: string | null
  cloud: Cloud | null
  share: number | null // of what is still coming, 0 to 1; null where nothing is
  problem: string | null
}

const NOTHING: Loading = { id: null, cloud: null, share: null, problem: null }
const FIRST = 50_000 // points that are soon there
const FORM = { layout: 'soa', order: 'shuffled', quantize: 'u16' }

/** The points of a generation: at first a few of all over it, then as many as `most`. */
export function useCloud(id: string | null, most: number | null): Loading {
  const [loading, setLoading] = useState(NOTHING)
  useEffect(() => {
    setLoading({ ...NOTHING, id })
    if (!id || most === null) return
    const abort = new AbortController()
    const say = (change: Partial<Loading>) => {
      if (!abort.signal.aborted) setLoading((now) => ({ ...now, ...change }))
    }

    async function load(id: string, most: number): Promise<void> {
      say({ share: 0 })
      const few = decode(await fetchCloud(cloudUrl(id, { ...FORM, max_points: FIRST }), abort.signal, () => {}))
      say({ cloud: few })
      if (few.count >= Math.min(FIRST, most)) {
        let told = 0
        const all = await fetchCloud(cloudUrl(id, { ...FORM, max_points: most }), abort.signal, (share) => {
          if (share - told < 0.05 && share < 1) return
          told = share
          say({ share })
        })
        say({ cloud: decode(all) })
      }
      say({ share: null })
    }

    load(id, most).catch((error: unknown) => {
      if (abort.signal.aborted) return
      if (!(error instanceof ApiError || error instanceof BadCloud)) throw error
      say({ problem: error.message, share: null })
    })
    return () => abort.abort()
  }, [id, most])
  return loading.id === id ? loading : NOTHING
}
