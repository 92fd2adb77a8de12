import { describe, expect, it } from 'vitest'
import { cloudUrl, fieldsOf } from './api'
import { choicesOf, DEFAULTS, settingsFrom, settingsOf } from './settings'
import { parse } from './unfinished'

const WORDS = { prompt: ' a harbour ', picture: null, settings: DEFAULTS, apiKey: '' }
const PICTURE = new File(['x'], 'dog.heic')

describe('a request', () => {
  it('says what was set under the API’s names', () => {
    expect(fieldsOf(WORDS)).toEqual({
      prompt: 'a harbour',
      vibe: '',
      mode: 'standard',
      image_model: 'auto',
    })
    const settings = {
      ...DEFAULTS,
      vibe: ' calm ',
      mode: 'panorama' as const,
      depthModel: 'draft',
      segModel: 'maskformer',
      seed: 0,
    }
    expect(fieldsOf({ ...WORDS, settings })).toMatchObject({
      vibe: 'calm',
      mode: 'panorama',
      depth_model: 'draft',
      seg_model: 'maskformer',
      seed: 0,
    })
  })

  it('has the key where OpenAI paints, and nowhere else', () => {
    const openai = { ...DEFAULTS, imageModel: 'openai' }
    expect(fieldsOf({ ...WORDS, settings: openai, apiKey: ' sk-1 ' })).toMatchObject({ api_key: 'sk-1' })
    expect(fieldsOf({ ...WORDS, apiKey: 'sk-1' })).not.toHaveProperty('api_key')
    expect(fieldsOf({ ...WORDS, settings: openai, apiKey: 'sk-1', picture: PICTURE })).not.toHaveProperty('api_key')
  })

  it('of a picture says nothing of how to paint', () => {
    const fields = fieldsOf({ ...WORDS, picture: PICTURE, settings: { ...DEFAULTS, vibe: 'calm' } })
    expect(fields).toEqual({ prompt: 'a harbour', mode: 'standard' })
  })
})

describe('the settings of a cloud', () => {
  const made = { vibe: 'calm', mode: 'panorama', seed: 7 }
  it('are all that was asked for, with the seed that it got', () => {
    const asked = { image_model: 'sdxl', depth_model: 'draft', seg_model: 'maskformer', seed: null, vibe: 'calm' }
    expect(settingsOf(made, asked)).toEqual({
      ...made,
      imageModel: 'sdxl',
      depthModel: 'draft',
      segModel: 'maskformer',
    })
  })

  it('have no engine by name where none was', () =>
    expect(settingsOf(made, { depth_model: null })).toEqual({ ...DEFAULTS, ...made }))
})

it('a cloud’s address carries what is asked of it', () => {
  expect(cloudUrl('1')).toBe('/generations/1/cloud.bin')
  expect(cloudUrl('1', { order: 'shuffled', max_points: 5 })).toBe(
    '/generations/1/cloud.bin?order=shuffled&max_points=5',
  )
})

describe('what the browser kept', () => {
  it('comes back, without any key', () => {
    const kept = { prompt: 'a lake', settings: { ...DEFAULTS, mode: 'panorama' as const, seed: 7 } }
    expect(parse(JSON.stringify(kept))).toEqual(kept)
    expect(Object.keys(DEFAULTS).join()).not.toMatch(/key/i)
  })

  it.each([null, '', 'null', '[]', '{"prompt": 1', '{"prompt": {}, "settings": "all"}'])(
    'is nothing where it was %s',
    (text) => expect(parse(text)).toEqual({ prompt: '', settings: DEFAULTS }),
  )

  it('is as by default where it cannot be', () => {
    expect(settingsFrom({ mode: 'cube', seed: -5, imageModel: '', vibe: 3 })).toEqual(DEFAULTS)
    expect(settingsFrom({ seed: 2 ** 32 }).seed).toBe(-1)
  })
})

describe('the engines of a step', () => {
  const draft = { name: 'draft', available: true, reason: '', licence: 'Apache-2.0' }
  it('are a list, or what is taken with its choices', () => {
    const auto = { name: 'auto', available: true, reason: '', licence: null }
    expect(choicesOf([draft])).toEqual([auto, draft])
    expect(choicesOf([auto, draft])).toEqual([auto, draft])
  })

  it('begin with what the server takes by itself', () => {
    const taken = { name: 'draft', reason: 'no GPU', licence: 'Apache-2.0', choices: [{ name: 'auto' }, draft] }
    expect(choicesOf(taken)).toEqual([
      { name: 'auto', available: true, reason: 'no GPU', licence: 'Apache-2.0', engine: 'draft' },
      draft,
    ])
    const set = { ...taken, reason: 'asked for by name' }
    expect(choicesOf(set)[0]!.reason).toBe('as this server is set')
  })

  it.each([undefined, null, 'draft', {}, [null, 3, { nome: 'x' }]])('are auto alone where %s is said', (said) =>
    expect(choicesOf(said).map(({ name }) => name)).toEqual(['auto']),
  )
})
