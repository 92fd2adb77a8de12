import { useCallback, useEffect, useState } from 'react'

const fromHash = () => new URLSearchParams(location.hash.slice(1)).get('job')

/** The job the address names, so that a reload or a link comes back to it. */
export function useChosen(): [string | null, (id: string | null) => void] {
  const [chosen, setChosen] = useState(fromHash)
  useEffect(() => {
    const follow = () => setChosen(fromHash())
    addEventListener('hashchange', follow)
    return () => removeEventListener('hashchange', follow)
  }, [])
  const choose = useCallback((id: string | null) => {
    history.replaceState(null, '', id ? `#job=${id}` : location.pathname)
    setChosen(id)
  }, [])
  return [chosen, choose]
}
