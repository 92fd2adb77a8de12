import { describe, expect, it } from 'vitest'
import { BadCloud, decode, lengthOf, point } from './decode'

type Point = [x: number, y: number, z: number, r: number, g: number, b: number, segment: number]

const POINTS: Point[] = [
  [-4, 2.25, -3, 255, 0, 128, 0],
  [0.5, -0.25, -6.5, 1, 2, 3, 4],
  [3.75, -2.25, -9, 90, 180, 250, 5],
]

const HEADER = { width: 3, height: 1, point_count: 3, projection: 'planar', segments_detected: ['tree→cat1(25%)'] }

/** The header as the format has it: its length, then JSON padded so that the payload starts on a multiple of `align`. */
function packed(header: object, payload: Uint8Array, align = 4): ArrayBuffer {
  const json = new TextEncoder().encode(JSON.stringify(header))
  const length = align * Math.ceil((4 + json.length) / align) - 4
  const bytes = new Uint8Array(4 + length + payload.length)
  new DataView(bytes.buffer).setUint32(0, length, true)
  bytes.fill(0x20, 4, 4 + length)
  bytes.set(json, 4)
  bytes.set(payload, 4 + length)
  return bytes.buffer
}

function records(points: Point[]): Uint8Array {
  const view = new DataView(new ArrayBuffer(20 * points.length))
  points.forEach(([x, y, z, ...bytes], i) => {
    for (const [axis, value] of [x, y, z].entries()) view.setFloat32(20 * i + 4 * axis, value, true)
    for (const [at, value] of bytes.entries()) view.setUint8(20 * i + 12 + at, value)
  })
  return new Uint8Array(view.buffer)
}

function arrays(points: Point[], quantise?: (value: number, axis: number) => number): Uint8Array {
  const size = points.length * (quantise ? 6 : 12)
  const begin = 4 * Math.ceil(size / 4)
  const view = new DataView(new ArrayBuffer(begin + 4 * points.length))
  points.forEach(([x, y, z, ...bytes], i) => {
    for (const [axis, value] of [x, y, z].entries())
      if (quantise) view.setUint16(6 * i + 2 * axis, quantise(value, axis), true)
      else view.setFloat32(12 * i + 4 * axis, value, true)
    for (const [at, value] of bytes.entries()) view.setUint8(begin + 4 * i + at, value)
  })
  return new Uint8Array(view.buffer)
}

function expectPoints(bytes: ArrayBuffer, digits = 6): void {
  const cloud = decode(bytes)
  expect(cloud.count).toBe(3)
  POINTS.forEach(([x, y, z, ...rest], i) => {
    const [px, py, pz] = point(cloud, i)
    expect(px).toBeCloseTo(x, digits)
    expect(py).toBeCloseTo(y, digits)
    expect(pz).toBeCloseTo(z, digits)
    expect([...cloud.colours.slice(4 * i, 4 * i + 4)]).toEqual(rest)
  })
}

describe('records of 20 bytes', () => {
  it('are read as the format has them, also where the header names none', () => {
    expectPoints(packed({ ...HEADER, format: { layout: 'aos', stride: 20, endian: 'little' } }, records(POINTS)))
    expectPoints(packed(HEADER, records(POINTS)))
  })

  it.each([1, 2])('are read behind a header that ends on a multiple of %i', (align) => {
    const lengths = [0, 1, 2, 3].map((more) => packed({ ...HEADER, vibe: 'x'.repeat(more) }, records(POINTS), align))
    lengths.forEach((bytes) => expectPoints(bytes))
    expect(lengths.some((bytes) => new DataView(bytes).getUint32(0, true) % 4 !== 0)).toBe(true)
  })
})

describe('arrays', () => {
  it('of float32 are read without a copy', () => {
    const bytes = packed({ ...HEADER, format: { layout: 'soa' } }, arrays(POINTS))
    expectPoints(bytes)
    expect(decode(bytes).positions.buffer).toBe(bytes)
    expect(decode(bytes).colours.buffer).toBe(bytes)
  })

  it('of uint16 are read with their smallest value and their step', () => {
    const min = [-4, -2.25, -9]
    const scale = [8 / 65535, 4.5 / 65535, 6 / 65535]
    const payload = arrays(POINTS, (value, axis) => Math.round((value - min[axis]!) / scale[axis]!))
    const bytes = packed({ ...HEADER, format: { layout: 'soa', quantize: { min, scale } } }, payload)
    expectPoints(bytes, 3)
    expect(decode(bytes).positions).toBeInstanceOf(Uint16Array)
    expect(decode(bytes).positions.length % 2).toBe(1) // so that two bytes lie before the colours
  })
})

describe('the length', () => {
  it('is known as soon as the header is there', () => {
    for (const [format, payload] of [
      [{ layout: 'aos' }, records(POINTS)],
      [{ layout: 'soa' }, arrays(POINTS)],
    ] as const) {
      const bytes = new Uint8Array(packed({ ...HEADER, format }, payload))
      expect(lengthOf(bytes.subarray(0, 3))).toBeNull()
      expect(lengthOf(bytes.subarray(0, 40))).toBeNull()
      expect(lengthOf(bytes.subarray(0, bytes.length - payload.length))).toBe(bytes.length)
    }
  })
})

describe('what is no point cloud', () => {
  const whole = packed({ ...HEADER, format: { layout: 'soa' } }, arrays(POINTS))
  it.each([
    ['nothing', new ArrayBuffer(0), /no header/],
    ['half a header', whole.slice(0, 30), /within its header/],
    ['other bytes', new Uint8Array([4, 0, 0, 0, 1, 2, 3, 4]).buffer, /not JSON/],
    ['a header without a count', packed({ width: 3 }, records(POINTS)), /how many points/],
    ['a cloud cut off', whole.slice(0, -1), /cut off/],
    ['records cut off', packed(HEADER, records(POINTS).slice(0, -1)), /cut off/],
    ['an unknown layout', packed({ ...HEADER, format: { layout: 'tiles' } }, records(POINTS)), /“tiles”/],
    ['big endian', packed({ ...HEADER, format: { layout: 'aos', endian: 'big' } }, records(POINTS)), /“big”/],
    ['tiny records', packed({ ...HEADER, format: { layout: 'aos', stride: 12 } }, records(POINTS)), /12 bytes/],
  ])('is said of %s', (_, bytes, words) => {
    expect(() => decode(bytes)).toThrow(BadCloud)
    expect(() => decode(bytes)).toThrow(words)
  })
})
