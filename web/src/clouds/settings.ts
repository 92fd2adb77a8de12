// What can be set of the next cloud: docs/api.md, Point clouds.

import type { EngineChoice } from '../api'
import { ANY_SEED, LARGEST_SEED } from '../seed'
import type { Metadata } from './api'

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

/** The settings that make a cloud again: those that were asked for, with the seed that it got. */
export function settingsOf({ vibe, mode, seed }: Pick<Metadata, 'vibe' | 'mode' | 'seed'>, asked: unknown): Settings {
  const { image_model, depth_model, seg_model } = Object(asked) as Record<string, unknown>
  return settingsFrom({ vibe, mode, seed, imageModel: image_model, depthModel: depth_model, segModel: seg_model })
}

export interface Choice extends EngineChoice {
  engine?: string // what works under this name
}

/** The engines of a step as /health has them: what works unless another is asked for, first and as `auto`. */
export function choicesOf(engines: unknown): Choice[] {
  const said = Object(engines) as Partial<Choice> & { choices?: unknown }
  const list = Array.isArray(engines) ? engines : Array.isArray(said.choices) ? said.choices : []
  const choices = list
    .filter((one): one is Partial<Choice> & { name: string } => typeof Object(one).name === 'string')
    .map(({ name, available = true, reason = '', licence = null, engine }) => ({
      name,
      available,
      reason,
      licence,
      engine,
    }))
  const { name: engine, reason = '', licence = null } = said
  const why = reason === 'asked for by name' ? 'as this server is set' : reason
  const first = engine
    ? { name: 'auto', available: true, reason: why, licence, engine }
    : (choices.find(({ name }) => name === 'auto') ?? { name: 'auto', available: true, reason: '', licence: null })
  return [first, ...choices.filter(({ name }) => name !== 'auto')]
}
