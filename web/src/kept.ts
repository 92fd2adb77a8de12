// What is being written and set, kept by the browser so that neither a reload nor an error loses it.

const OWNER = 'lucida.user'
const UNFINISHED = ['lucida.images.unfinished', 'lucida.clouds.unfinished'] as const

export type Unfinished = (typeof UNFINISHED)[number]

// A browser may keep nothing for us; then a reload begins anew.
function storage(): Storage | null {
  try {
    return localStorage
  } catch {
    return null
  }
}

export const kept = (what: Unfinished): string | null => storage()?.getItem(what) ?? null

export function keep(what: Unfinished, text: string): void {
  try {
    storage()?.setItem(what, text)
  } catch {
    // no room: the page itself still has it
  }
}

export function forget(): void {
  for (const what of UNFINISHED) storage()?.removeItem(what)
}

/** Whose browser this is from now on: what somebody else has written is not for them. */
export function belongTo(user: string | null): void {
  const before = storage()?.getItem(OWNER) ?? null
  if (before !== user) forget()
  if (user !== null) storage()?.setItem(OWNER, user)
}
