import { expect, it } from 'vitest'
import { pathOf } from './route'

it('knows the studios with and without a slash at the end, and nothing else', () => {
  expect(pathOf('/')).toBe('/')
  expect(pathOf('/images')).toBe('/images')
  expect(pathOf('/images/')).toBe('/images')
  expect(pathOf('/clouds/')).toBe('/clouds')
  expect(pathOf('/splats')).toBe('/splats')
  expect(pathOf('/images/1')).toBeNull()
  expect(pathOf('/posts')).toBeNull()
})
