import { expect, it } from 'vitest'
import { nameIn } from './download'

it('names a file as the server does', () => {
  expect(nameIn('inline; filename="a-lake-1.png"', 'x')).toBe('a-lake-1.png')
  expect(nameIn("inline; filename*=utf-8''%C3%9Cber-1.png", 'x')).toBe('Über-1.png')
  expect(nameIn(null, 'x.png')).toBe('x.png')
})
