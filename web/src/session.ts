// Whether the server asks who we are, and does not know it.

import { useSyncExternalStore } from 'react'

let unknown = false
const listeners = new Set<() => void>()

/** The server has refused a request for want of a login. */
export function noteUnknown(): void {
  if (unknown) return
  unknown = true
  for (const listener of listeners) listener()
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener)
  return () => listeners.delete(listener)
}

export const useUnknown = (): boolean => useSyncExternalStore(subscribe, () => unknown)
