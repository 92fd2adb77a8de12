import { useCallback, useEffect, useState } from 'react'
import { useHere } from './useHere'

const fromHash = () => new URLSearchParams(location.hash.slice(1)).get('job')

/** The job the address names, so that a reload or a link comes back to it. */
export function useChosen(): [string | null, (id: string | null) => void] {
  const [chosen, setChosen] = useState(fromHash)
  const here = useHere()
  useEffect(() => {
    const follow = () => setChosen(fromHash())
    addEventListener('hashchange', follow)
    return () => removeEventListener('hashchange', follow)
  }, [])
  const choose = useCallback((id: string | null) => {
    if (!here.current) return // the address is another page's by now
    history.replaceState(null, '', id ? `#job=${id}` : location.pathname)
    setChosen(id)
  }, [])
  return [chosen, choose]
}
