// Reads a packed point cloud: docs/formats.md, the packed point cloud.

import type { Triple } from '../viewer/eye'

export type { Triple }

export type Projection = 'planar' | 'perspective' | 'equirectangular' | 'legacy'

export interface Attribute {
  name: string
  type: string
  offset: number // aos: in the record; soa: in the payload
  components: number
}

export interface CloudHeader {
  width: number // of the picture, as many points as it would give
  height: number
  point_count: number
  projection: Projection
  segments_detected: string[]
  generation_id?: string
  timing?: Record<string, number>
  prompt?: string
  vibe?: string
  mode?: string
  format?: {
    layout: 'aos' | 'soa'
    stride?: number
    endian?: string
    attributes?: Attribute[]
    quantize?: { min: Triple; scale: Triple } | null
  }
  focal_px?: number | null
  near?: number | null
  far?: number | null
}

/** Points in the order in which they came: a point is `min + scale * position`. */
export interface Cloud {
  header: CloudHeader
  count: number
  positions: Float32Array<ArrayBuffer> | Uint16Array<ArrayBuffer> // xyz, xyz …
  min: Triple
  scale: Triple
  colours: Uint8Array<ArrayBuffer> // r, g, b and segment of each
}

/** Bytes that are no packed point cloud. */
export class BadCloud extends Error {}

const RECORD = 20 // bytes

/** The cloud in these bytes; a view of them where its layout allows. Raises BadCloud. */
export function decode(bytes: ArrayBuffer): Cloud {
  const { header, payload } = readHeader(bytes)
  const format = header.format ?? { layout: 'aos' as const }
  if (format.endian !== undefined && format.endian !== 'little')
    throw new BadCloud(`The point cloud’s byte order is “${format.endian}”, and only “little” is read.`)
  if (format.layout === 'soa') return fromArrays(bytes, header, payload)
  if (format.layout === 'aos') return fromRecords(bytes, header, payload)
  throw new BadCloud(`The point cloud’s layout is “${String(format.layout)}”, and only “aos” and “soa” are read.`)
}

/** How many bytes the whole cloud has, from its beginning, or null where there is too little of it. */
export function lengthOf(beginning: Uint8Array): number | null {
  if (beginning.length < 4) return null
  const length = new DataView(beginning.buffer, beginning.byteOffset).getUint32(0, true)
  if (beginning.length < 4 + length) return null
  const { header, payload } = readHeader(beginning.slice(0, 4 + length).buffer)
  const size = header.format?.layout === 'soa' ? (header.format.quantize ? 6 : 12) + 4 : RECORD
  return payload + header.point_count * size // but for the few bytes between two blocks
}

function readHeader(bytes: ArrayBuffer): { header: CloudHeader; payload: number } {
  if (bytes.byteLength < 4) throw new BadCloud('The point cloud has no header.')
  const length = new DataView(bytes).getUint32(0, true)
  if (4 + length > bytes.byteLength) throw new BadCloud('The point cloud ends within its header.')
  let header: CloudHeader
  try {
    header = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(new Uint8Array(bytes, 4, length)))
  } catch {
    throw new BadCloud('The point cloud’s header is not JSON.')
  }
  if (!Number.isInteger(header?.point_count) || header.point_count < 0)
    throw new BadCloud('The point cloud’s header does not say how many points there are.')
  return { header, payload: 4 + length }
}

function cutOff(bytes: ArrayBuffer, end: number, count: number): void {
  if (bytes.byteLength < end)
    throw new BadCloud(`The point cloud is cut off: of ${count} points some are missing. Load it again.`)
}

/** From 20-byte records: float32 x y z, uint8 r g b, uint8 segment, four zero bytes. */
function fromRecords(bytes: ArrayBuffer, header: CloudHeader, payload: number): Cloud {
  const count = header.point_count
  const stride = header.format?.stride ?? RECORD
  if (stride < 16 || stride % 4 !== 0)
    throw new BadCloud(`A point’s record has ${stride} bytes, which is not a layout that is read.`)
  cutOff(bytes, payload + count * stride, count)
  // A header that was not padded leaves the records between two words.
  const from = payload % 4 === 0 ? bytes : bytes.slice(payload)
  const begin = payload % 4 === 0 ? payload : 0
  const words = stride / 4
  const floats = new Float32Array(from, begin, count * words)
  const whole = new Uint32Array(from, begin, count * words)
  const positions = new Float32Array(3 * count)
  const colours = new Uint32Array(count)
  for (let i = 0, at = 0; i < count; i++, at += words) {
    positions[3 * i] = floats[at]!
    positions[3 * i + 1] = floats[at + 1]!
    positions[3 * i + 2] = floats[at + 2]!
    colours[i] = whole[at + 3]! // four bytes at once
  }
  const rgbs = new Uint8Array(colours.buffer)
  return { header, count, positions, min: [0, 0, 0], scale: [1, 1, 1], colours: rgbs }
}

/** From two blocks: all positions, float32 or quantised uint16, then r, g, b and segment of all. */
function fromArrays(bytes: ArrayBuffer, header: CloudHeader, payload: number): Cloud {
  const count = header.point_count
  const quantize = header.format?.quantize ?? null
  if (payload % 4 !== 0) {
    const moved = new Uint8Array(4 * Math.ceil((bytes.byteLength - payload) / 4))
    moved.set(new Uint8Array(bytes, payload))
    return arraysAt(moved.buffer, header, 0, count, quantize)
  }
  return arraysAt(bytes, header, payload, count, quantize)
}

function arraysAt(
  bytes: ArrayBuffer,
  header: CloudHeader,
  payload: number,
  count: number,
  quantize: { min: Triple; scale: Triple } | null,
): Cloud {
  const size = count * (quantize ? 6 : 12)
  const colours = payload + 4 * Math.ceil(size / 4)
  cutOff(bytes, colours + 4 * count, count)
  return {
    header,
    count,
    positions: quantize ? new Uint16Array(bytes, payload, 3 * count) : new Float32Array(bytes, payload, 3 * count),
    min: quantize?.min ?? [0, 0, 0],
    scale: quantize?.scale ?? [1, 1, 1],
    colours: new Uint8Array(bytes, colours, 4 * count),
  }
}

/** Where a point is. */
export function point({ positions, min, scale }: Cloud, index: number): Triple {
  const at = (axis: 0 | 1 | 2) => min[axis] + scale[axis] * positions[3 * index + axis]!
  return [at(0), at(1), at(2)]
}
