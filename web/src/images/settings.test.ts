import { describe, expect, it } from 'vitest'
import type { ImageView } from './api'
import { ANY_SEED } from '../seed'
import { aspectOf, DEFAULTS, inWords, requestOf, settingsFrom, settingsOf, variationsOf } from './settings'

const IMAGE: ImageView = {
  id: '1',
  prompt: 'a lake',
  negativePrompt: 'snow',
  imageUrl: '/media/1.png',
  thumbnailUrl: '/media/1.webp',
  modelUsed: 'draft',
  createdAt: '2026-01-01T00:00:00Z',
  width: 832,
  height: 1216,
  parameters: { steps: 12, cfgScale: 4, sampler: 'DDIM', seed: 77, hiresFix: true, notes: ['Understood “lake”.'] },
  generationTime: 2,
  fileSize: 1000,
  contentType: 'image/png',
  jobId: null,
}

describe('a request', () => {
  it('says everything under the API’s names', () => {
    expect(requestOf('a lake', { ...DEFAULTS, count: 2 })).toEqual({
      prompt: 'a lake',
      negative_prompt: '',
      model: 'auto',
      width: 1024,
      height: 1024,
      n: 2,
      steps: 30,
      cfg_scale: 7.5,
      sampler: 'Euler',
      seed: -1,
      hires_fix: false,
    })
  })

  it('for variations differs from the picture in the seed alone', () => {
    const { seed, n, ...same } = variationsOf(IMAGE, 4)
    expect([seed, n]).toEqual([ANY_SEED, 4])
    const { seed: own, n: one, ...before } = requestOf(IMAGE.prompt, settingsOf(IMAGE, DEFAULTS))
    expect([own, one]).toEqual([77, 1])
    expect(same).toEqual(before)
  })
})

describe('settings', () => {
  it('of a picture are what it was made from, with what it does not say as it is now', () => {
    const { parameters } = IMAGE
    const silent = { ...IMAGE, parameters: { ...parameters, sampler: undefined, steps: undefined } }
    expect(settingsOf(IMAGE, DEFAULTS)).toMatchObject({ steps: 12, sampler: 'DDIM', model: 'draft', hiresFix: true })
    expect(settingsOf(silent, { ...DEFAULTS, steps: 99 })).toMatchObject({ steps: 99, sampler: 'Euler', seed: 77 })
  })

  it('of a changed picture of odd size ask for one that painters take', () => {
    expect(settingsOf({ ...IMAGE, width: 203, height: 66 }, DEFAULTS)).toMatchObject({ width: 200, height: 64 })
  })

  it('that cannot be are as they are by default', () => {
    expect(settingsFrom(null)).toEqual(DEFAULTS)
    const nonsense = { steps: 151, cfgScale: 'much', sampler: 'Eule', seed: 0.5, count: 0, width: 1e9, hiresFix: 1 }
    expect(settingsFrom(nonsense)).toEqual(DEFAULTS)
    expect(settingsFrom({ cfgScale: 3.7, seed: 0 })).toMatchObject({ cfgScale: 3.7, seed: 0 })
  })

  it('have an aspect ratio where their size is one of the five', () => {
    expect(aspectOf(IMAGE)).toBe('2:3')
    expect(aspectOf({ width: 128, height: 96 })).toBeNull()
  })

  it('are told in few words', () => {
    expect(inWords(DEFAULTS)).toBe('1:1 · 30 steps · CFG 7.5 · Euler')
    expect(inWords({ ...settingsOf(IMAGE, DEFAULTS), count: 3, width: 128, height: 96 })).toBe(
      'draft · 128 × 96 · 12 steps · CFG 4 · DDIM · 3 pictures · seed 77 · hi-res fix',
    )
  })
})
