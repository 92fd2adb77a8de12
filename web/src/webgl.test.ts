import { expect, it } from 'vitest'
import { isSoftware } from './webgl'

it('knows what draws on the processor by its name', () => {
  expect(isSoftware('ANGLE (Google, Vulkan 1.3.0 (SwiftShader Device (LLVM 16)), SwiftShader driver)')).toBe(true)
  expect(isSoftware('ANGLE (NVIDIA, NVIDIA GeForce RTX 4070 Direct3D11)')).toBe(false)
})
