import { useEffect, useState } from 'react'
import { ApiError, getReport, type Report } from '../api'
import type { LightProbe } from '../light/probe'

export interface Light {
  report: Report | null
  probe: LightProbe | null
  problem: string | null
}

const NOTHING: Light = { report: null, probe: null, problem: null }

/** A finished job's report, then its light; null for both while there is none. */
export function useProbe(id: string | null): Light {
  const [light, setLight] = useState(NOTHING)
  useEffect(() => {
    setLight(NOTHING)
    if (!id) return
    const abort = new AbortController()
    async function load(id: string): Promise<void> {
      const report = await getReport(id, abort.signal)
      if (abort.signal.aborted) return
      setLight({ report, probe: null, problem: null })
      const { loadProbe } = await import('../light/probe')
      const probe = await loadProbe(id, report, abort.signal)
      if (!abort.signal.aborted) setLight({ report, probe, problem: null })
    }
    load(id).catch((error: unknown) => {
      if (abort.signal.aborted) return
      const problem = error instanceof ApiError || error instanceof Error ? error.message : String(error)
      setLight((known) => ({ ...known, problem }))
    })
    return () => abort.abort()
  }, [id])
  return light
}
