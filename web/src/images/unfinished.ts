// The words and settings of the next pictures, as the browser keeps them.

import { keep, kept } from '../kept'
import { type Settings, settingsFrom } from './settings'

export interface Unfinished {
  prompt: string
  settings: Settings
}

const KEY = 'lucida.images.unfinished'

export const load = (): Unfinished => parse(kept(KEY))

export const save = (unfinished: Unfinished): void => keep(KEY, JSON.stringify(unfinished))

/** What was kept, with the default for each part that is missing or has become invalid. */
export function parse(text: string | null): Unfinished {
  try {
    const said: unknown = JSON.parse(text ?? '{}')
    const { prompt, settings } = Object(said) as { prompt?: unknown; settings?: unknown }
    return { prompt: typeof prompt === 'string' ? prompt : '', settings: settingsFrom(settings) }
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error
    return parse(null)
  }
}
