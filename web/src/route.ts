// Which studio the address names. The server knows the same paths, in lucida.web.

import { type MouseEvent, useSyncExternalStore } from 'react'

const PATHS = ['/', '/images', '/clouds', '/splats'] as const

export type Path = (typeof PATHS)[number]

const MOVED = 'lucida:moved' // the browser tells only of Back and Forward

/** The studio's path, or null where there is none. */
export function pathOf(pathname: string): Path | null {
  const plain = pathname.replace(/\/+$/, '') || '/'
  return PATHS.find((path) => path === plain) ?? null
}

function subscribe(listener: () => void): () => void {
  addEventListener('popstate', listener)
  addEventListener(MOVED, listener)
  return () => {
    removeEventListener('popstate', listener)
    removeEventListener(MOVED, listener)
  }
}

export const usePath = (): Path | null => useSyncExternalStore(subscribe, () => pathOf(location.pathname))

/** A link's click: goes there without loading the page anew, unless another tab or window is asked for. */
export function follow(event: MouseEvent<HTMLAnchorElement>): void {
  if (event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return
  event.preventDefault()
  history.pushState(null, '', event.currentTarget.href)
  dispatchEvent(new Event(MOVED))
}
