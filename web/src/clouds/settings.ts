// What can be set of the next cloud: docs/api.md, Point clouds.

import type { EngineChoice } from '../api'
import { ANY_SEED, LARGEST_SEED } from '../seed'

export type Mode = 'standard' | 'panorama'

export interface Settings {
  vibe: string
  mode: Mode
  imageModel: string
  depthModel: string
  segModel: string
  seed: number
}

export const DEFAULTS: Settings = {
  vibe: '',
  mode: 'standard',
  imageModel: 'auto',
  depthModel: 'auto',
  segModel: 'auto',
  seed: ANY_SEED,
}

export const LONGEST_PROMPT = 4000
export const LONGEST_VIBE = 500

/** Settings from anywhere; what is missing or invalid is as by default. */
export function settingsFrom(value: unknown): Settings {
  const said = Object(value) as Record<string, unknown>
  const text = (name: keyof Settings): string =>
    typeof said[name] === 'string' ? (said[name] as string) : (DEFAULTS[name] as string)
  const { seed } = said
  return {
    vibe: text('vibe'),
    mode: said.mode === 'panorama' ? 'panorama' : 'standard',
    imageModel: text('imageModel') || 'auto',
    depthModel: text('depthModel') || 'auto',
    segModel: text('segModel') || 'auto',
    seed: typeof seed === 'number' && Number.isInteger(seed) && seed >= 0 && seed <= LARGEST_SEED ? seed : ANY_SEED,
  }
}

/** The engines of a step as /health has them: a list, or what is taken with its choices; `auto` always first. */
export function choicesOf(engines: unknown): EngineChoice[] {
  const said = Object(engines) as { choices?: unknown; reason?: unknown; name?: unknown; licence?: unknown }
  const list = Array.isArray(engines) ? engines : Array.isArray(said.choices) ? said.choices : []
  const choices = list
    .filter((one): one is Partial<EngineChoice> & { name: string } => typeof Object(one).name === 'string')
    .map(({ name, available = true, reason = '', licence = null }) => ({ name, available, reason, licence }))
  if (choices.some(({ name }) => name === 'auto')) return choices
  const reason = typeof said.name === 'string' ? [said.name, said.reason].filter(Boolean).join(', ') : ''
  const licence = typeof said.licence === 'string' ? said.licence : null
  return [{ name: 'auto', available: true, reason, licence }, ...choices]
}
