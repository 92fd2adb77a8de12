import { useEffect, useState } from 'react'
import { ApiError, getHealth, type Health } from '../api'
import { loadJobs } from '../jobs/store'

const EVERY = 10_000 // ms; jobs of other pages appear this late at most

/** What the server says of itself, and its jobs of a kind, asked for again while the page is looked at. */
export function useServer(kind: string): { health: Health | null; reachable: boolean; loaded: boolean } {
  const [state, setState] = useState<{ health: Health | null; reachable: boolean; loaded: boolean }>({
    health: null,
    reachable: true,
    loaded: false,
  })
  useEffect(() => {
    let gone = false
    async function ask(): Promise<void> {
      try {
        const [health] = await Promise.all([getHealth(), loadJobs(kind)])
        if (!gone) setState({ health, reachable: true, loaded: true })
      } catch (error) {
        if (!(error instanceof ApiError)) throw error
        if (!gone) setState((known) => ({ ...known, reachable: error.status !== 0 }))
      }
    }
    const askIfSeen = () => void (document.visibilityState === 'visible' && ask())
    void ask()
    const timer = setInterval(askIfSeen, EVERY)
    document.addEventListener('visibilitychange', askIfSeen)
    return () => {
      gone = true
      clearInterval(timer)
      document.removeEventListener('visibilitychange', askIfSeen)
    }
  }, [kind])
  return state
}
