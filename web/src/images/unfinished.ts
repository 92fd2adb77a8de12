// What is being written and set, kept by the browser so that neither a reload nor an error loses it.

import { type Settings, settingsFrom } from './settings'

export interface Unfinished {
  prompt: string
  settings: Settings
}

const KEY = 'lucida.images.unfinished'
const OWNER = 'lucida.user'

// A browser may keep nothing for us; then a reload begins anew.
function storage(): Storage | null {
  try {
    return localStorage
  } catch {
    return null
  }
}

export function load(): Unfinished {
  return parse(storage()?.getItem(KEY) ?? null)
}

export function save(unfinished: Unfinished): void {
  try {
    storage()?.setItem(KEY, JSON.stringify(unfinished))
  } catch {
    // no room: the page itself still has it
  }
}

export function forget(): void {
  storage()?.removeItem(KEY)
}

/** Whose browser this is from now on: what somebody else has written is not for them. */
export function belongTo(user: string | null): void {
  const before = storage()?.getItem(OWNER) ?? null
  if (before !== user) forget()
  if (user !== null) storage()?.setItem(OWNER, user)
}

/** What was kept, with the default for each part that is missing or has become invalid. */
export function parse(text: string | null): Unfinished {
  try {
    const kept: unknown = JSON.parse(text ?? '{}')
    const { prompt, settings } = Object(kept) as { prompt?: unknown; settings?: unknown }
    return { prompt: typeof prompt === 'string' ? prompt : '', settings: settingsFrom(settings) }
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error
    return parse(null)
  }
}
