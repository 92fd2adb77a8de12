import { useEffect, useState } from 'react'
import { load, save, type Unfinished } from './unfinished'

/** What is being written and set; the browser keeps each change. */
export function useUnfinished(): [Unfinished, (change: Partial<Unfinished>) => void] {
  const [unfinished, setUnfinished] = useState(load)
  useEffect(() => save(unfinished), [unfinished])
  return [unfinished, (change) => setUnfinished((now) => ({ ...now, ...change }))]
}
