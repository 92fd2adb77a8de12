import { gzipSync } from 'fflate'
import { expect, it } from 'vitest'
import { isSound } from './soundness'

const ply = (count: number, there: number, property = 'float x') =>
  new Uint8Array([
    ...new TextEncoder().encode(
      `ply\nformat binary_little_endian 1.0\nelement chunk 2\nproperty double a\n` +
        `element vertex ${count}\nproperty ${property}\nproperty uchar c\nend_header\n`,
    ),
    ...new Uint8Array(16 + there),
  ])

it('a PLY has what its header promises', async () => {
  expect(await isSound(ply(10, 50))).toBe(true)
  expect(await isSound(ply(10, 49))).toBe(false)
  expect(await isSound(ply(4e9, 50))).toBe(false)
  expect(await isSound(ply(-1, 50))).toBe(true) // what reads it refuses it by itself
  expect(await isSound(ply(10, 5000, 'list uchar int x'))).toBe(false)
  expect(await isSound(ply(10, 50).slice(0, 60))).toBe(false)
})

const spz = (count: number, there: number) => {
  const header = new DataView(new ArrayBuffer(16))
  header.setUint32(0, 0x5053474e, true)
  header.setUint32(4, 3, true)
  header.setUint32(8, count, true)
  return new Uint8Array(gzipSync(new Uint8Array([...new Uint8Array(header.buffer), ...new Uint8Array(there)])))
}

it('an SPZ file cannot hold more than gzip can', async () => {
  expect(await isSound(spz(1000, 20_000))).toBe(true)
  expect(await isSound(spz(2e9, 20_000))).toBe(false)
  expect(await isSound(spz(1, 20).slice(0, 12))).toBe(false)
  expect(await isSound(new Uint8Array([0x1f, 0x8b, 1, 2, 3]))).toBe(false)
})

it('what promises nothing is left to what reads it', async () => {
  expect(await isSound(new Uint8Array(64))).toBe(true)
})
