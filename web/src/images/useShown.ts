import { useCallback, useEffect, useState } from 'react'
import { useHere } from '../components/useHere'

/** What the canvas shows: a job with all its pictures, or one picture. */
export interface Shown {
  job: string | null
  picture: string | null
}

function fromHash(): Shown {
  const said = new URLSearchParams(location.hash.slice(1))
  return { job: said.get('job'), picture: said.get('picture') }
}

/** What the address names, so that a reload or a link comes back to it. */
export function useShown(): [Shown, (shown: Partial<Shown>) => void] {
  const [shown, setShown] = useState(fromHash)
  const here = useHere()
  useEffect(() => {
    const follow = () => setShown(fromHash())
    addEventListener('hashchange', follow)
    return () => removeEventListener('hashchange', follow)
  }, [])
  const show = useCallback(({ job = null, picture = null }: Partial<Shown>) => {
    if (!here.current) return // the address is another page's by now
    const hash = picture ? `#picture=${picture}` : job ? `#job=${job}` : ''
    history.replaceState(null, '', location.pathname + hash)
    setShown({ job, picture })
  }, [])
  return [shown, show]
}
