import { type RefObject, useEffect, useRef } from 'react'

/** Whether the page is still there: what comes back later has nothing to say on another one. */
export function useHere(): RefObject<boolean> {
  const here = useRef(true)
  useEffect(() => {
    here.current = true
    return () => {
      here.current = false
    }
  }, [])
  return here
}
