import { useCallback, useEffect, useState } from 'react'
import { ApiError } from '../api'
import { cloudUrl, fetchCloud, type Form } from './api'
import { BadCloud, type Cloud, decode } from './decode'

export interface Loading {
  id: string | null
  cloud: Cloud | null
  shape: string | null // another one for every cloud and form; what comes after the first points has the same
  share: number | null // of what is still coming, 0 to 1; null where nothing is
  problem: string | null
  again: () => void // reads what did not come
}

const NOTHING: Omit<Loading, 'again'> = { id: null, cloud: null, shape: null, share: null, problem: null }
const UNSHOWN = 'The points cannot be shown; load the page again.'
const FIRST = 50_000 // points that are soon there
const FORM = { layout: 'soa', order: 'shuffled' }

interface Wanted {
  id: string
  total: number // points that there are
  form: Form
}

/** The points of a generation: at first a few of all over it, then as many as `most`. */
export function useCloud(wanted: Wanted | null, most: number | null): Loading {
  const [loading, setLoading] = useState(NOTHING)
  const [attempt, setAttempt] = useState(0)
  const id = wanted?.id ?? null
  const key = wanted && `${id} ${JSON.stringify(wanted.form)}`
  useEffect(() => {
    // Points of another form stay until these are there.
    setLoading((now) => (now.id === id ? { ...now, share: null, problem: null } : { ...NOTHING, id }))
    if (!wanted || most === null) return
    const abort = new AbortController()
    const begun = loading.shape === key // and broke off later
    const say = (change: Partial<typeof NOTHING>) => {
      if (!abort.signal.aborted) setLoading((now) => ({ ...now, ...change }))
    }
    const read = async (points: number, told: (share: number) => void) => {
      // From a metre to the horizon 16 bits are too few.
      const quantize = wanted.form.projection === 'perspective' ? undefined : 'u16'
      const url = cloudUrl(wanted.id, { ...FORM, ...wanted.form, quantize, max_points: points })
      return decode(await fetchCloud(url, abort.signal, told))
    }

    async function load(total: number, most: number): Promise<void> {
      say({ share: 0 })
      if (!begun) say({ cloud: await read(FIRST, () => {}), shape: key })
      if (Math.min(total, most) > FIRST) {
        let told = 0
        const all = await read(most, (share) => {
          if (share - told < 0.05 && share < 1) return
          told = share
          say({ share })
        })
        say({ cloud: all })
      }
      say({ share: null })
    }

    load(wanted.total, most).catch((error: unknown) => {
      if (abort.signal.aborted) return
      const told = error instanceof ApiError || error instanceof BadCloud
      say({ problem: told ? error.message : UNSHOWN, share: null })
      if (!told) throw error
    })
    return () => abort.abort()
  }, [key, most, attempt])
  const again = useCallback(() => setAttempt((attempt) => attempt + 1), [])
  return { ...(loading.id === id ? loading : NOTHING), again }
}
