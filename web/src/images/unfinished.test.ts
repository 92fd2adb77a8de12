import { expect, it } from 'vitest'
import { DEFAULTS } from './settings'
import { parse } from './unfinished'

it('comes back as it was kept', () => {
  const kept = { prompt: 'a lake', settings: { ...DEFAULTS, steps: 12, seed: 7 } }
  expect(parse(JSON.stringify(kept))).toEqual(kept)
})

it.each([null, '', 'null', '[]', '{"prompt": 1', '{"prompt": {}, "settings": "all"}'])(
  'begins anew where %s was kept',
  (text) => expect(parse(text)).toEqual({ prompt: '', settings: DEFAULTS }),
)
