// What can be set of a picture, and how it is asked for: docs/api.md, Pictures.

import { ANY_SEED, LARGEST_SEED } from '../seed'
import type { GenerationRequest, ImageView } from './api'

export type Aspect = '1:1' | '3:2' | '2:3' | '4:3' | '16:9'

// About a megapixel each, as SDXL was trained.
export const ASPECTS: Record<Aspect, [width: number, height: number]> = {
  '1:1': [1024, 1024],
  '3:2': [1216, 832],
  '2:3': [832, 1216],
  '4:3': [1152, 896],
  '16:9': [1344, 768],
}
export const SAMPLERS = [
  'Euler',
  'Euler a',
  'DPM++ 2M',
  'DPM++ SDE',
  'DDIM',
  'UniPC',
  'Euler Karras',
  'DPM++ 2M Karras',
  'DPM++ SDE Karras',
  'UniPC Karras',
]
export const MOST_STEPS = 150
export const MOST_CFG = 20
export const MOST_PICTURES = 4

export interface Settings {
  model: string
  negativePrompt: string
  width: number
  height: number
  count: number
  steps: number
  cfgScale: number
  sampler: string
  seed: number
  hiresFix: boolean
}

export const DEFAULTS: Settings = {
  model: 'auto',
  negativePrompt: '',
  width: 1024,
  height: 1024,
  count: 1,
  steps: 30,
  cfgScale: 7.5,
  sampler: 'Euler',
  seed: ANY_SEED,
  hiresFix: false,
}

/** The ratio of these settings, or null where a picture of another size was taken up. */
export function aspectOf({ width, height }: Pick<Settings, 'width' | 'height'>): Aspect | null {
  const found = Object.entries(ASPECTS).find(([, [w, h]]) => w === width && h === height)
  return found ? (found[0] as Aspect) : null
}

export function requestOf(prompt: string, settings: Settings): GenerationRequest {
  const { negativePrompt, count, cfgScale, hiresFix, ...same } = settings
  return { prompt, negative_prompt: negativePrompt, n: count, cfg_scale: cfgScale, hires_fix: hiresFix, ...same }
}

/** The settings that make the picture again; `now` gives what a picture does not keep. */
export function settingsOf(image: ImageView, now: Settings): Settings {
  const { negativePrompt, modelUsed: model, parameters } = image
  // A picture that was changed keeps its own size; painters take multiples of eight.
  const [width, height] = [image.width, image.height].map((side) => Math.max(64, Math.round(side / 8) * 8))
  return settingsFrom({ ...parameters, width, height, negativePrompt, model, count: 1 }, now)
}

/** As many new pictures of what one shows, each with a seed of its own. */
export function variationsOf(image: ImageView, count: number): GenerationRequest {
  return requestOf(image.prompt, { ...settingsOf(image, DEFAULTS), seed: ANY_SEED, count })
}

/** Settings from anywhere; what is missing or invalid is as in `otherwise`. */
export function settingsFrom(value: unknown, otherwise: Settings = DEFAULTS): Settings {
  const said = Object(value) as Record<string, unknown>
  const number = (name: keyof Settings, least: number, most: number, whole = true): number => {
    const given = said[name]
    const good = typeof given === 'number' && given >= least && given <= most && (!whole || Number.isInteger(given))
    return good ? given : (otherwise[name] as number)
  }
  const text = (name: keyof Settings) =>
    typeof said[name] === 'string' ? (said[name] as string) : (otherwise[name] as string)
  const sampler = text('sampler')
  return {
    model: text('model'),
    negativePrompt: text('negativePrompt'),
    width: number('width', 64, 2048),
    height: number('height', 64, 2048),
    count: number('count', 1, MOST_PICTURES),
    steps: number('steps', 1, MOST_STEPS),
    cfgScale: number('cfgScale', 1, MOST_CFG, false),
    sampler: SAMPLERS.includes(sampler) ? sampler : otherwise.sampler,
    seed: number('seed', ANY_SEED, LARGEST_SEED),
    hiresFix: typeof said.hiresFix === 'boolean' ? said.hiresFix : otherwise.hiresFix,
  }
}

/** "1:1 · 30 steps · CFG 7.5 · Euler", and what else is not as it is by default. */
export function inWords(settings: Settings): string {
  const size = aspectOf(settings) ?? `${settings.width} × ${settings.height}`
  const parts = [size, `${settings.steps} steps`, `CFG ${settings.cfgScale}`, settings.sampler]
  if (settings.model !== 'auto') parts.unshift(settings.model)
  if (settings.count > 1) parts.push(`${settings.count} pictures`)
  if (settings.seed !== ANY_SEED) parts.push(`seed ${settings.seed}`)
  if (settings.hiresFix) parts.push('hi-res fix')
  return parts.join(' · ')
}
