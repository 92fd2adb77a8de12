// Whether a file is as long as its header says. What reads files makes room for as many Gaussians as a header promises,
// and is of no use any more once there is none.

const SIZES: Record<string, number> = {
  char: 1,
  uchar: 1,
  int8: 1,
  uint8: 1,
  short: 2,
  ushort: 2,
  int16: 2,
  uint16: 2,
  int: 4,
  uint: 4,
  int32: 4,
  uint32: 4,
  float: 4,
  float32: 4,
  double: 8,
  float64: 8,
}
const LONGEST_HEADER = 1 << 16

/** Whether all elements that a binary PLY's header promises are there. */
function plyIsWhole(bytes: Uint8Array): boolean {
  const start = new TextDecoder('latin1').decode(bytes.subarray(0, LONGEST_HEADER))
  const end = /\bend_header\r?\n/.exec(start)
  if (!end) return false
  let [needed, count] = [end.index + end[0].length, 0]
  for (const line of start.slice(0, end.index).split(/\r?\n/)) {
    const [word, type, name] = line.trim().split(/\s+/)
    if (word === 'element') count = Number(name)
    else if (word === 'property') needed += count * (SIZES[type!] ?? NaN)
  }
  return needed <= bytes.length
}

const DENSEST = 1032 // times that gzip makes anything smaller
const SMALLEST_GAUSSIAN = 16 // bytes of SPZ before they are compressed

/** Whether so many Gaussians as an SPZ file's header promises can be in so few bytes. */
async function spzCanBeWhole(bytes: Uint8Array<ArrayBuffer>): Promise<boolean> {
  const unpacked = new Blob([bytes]).stream().pipeThrough(new DecompressionStream('gzip')).getReader()
  const { value } = await unpacked.read()
  void unpacked.cancel().catch(() => {})
  if (!value || value.length < 12) return false
  const count = new DataView(value.buffer, value.byteOffset).getUint32(8, true)
  return count * SMALLEST_GAUSSIAN <= DENSEST * bytes.length
}

/** Whether what a file's header says can be true; true for formats that promise nothing. */
export async function isSound(bytes: Uint8Array<ArrayBuffer>): Promise<boolean> {
  const [a, b, c] = bytes
  try {
    if (a === 0x70 && b === 0x6c && c === 0x79) return plyIsWhole(bytes) // "ply"
    if (a === 0x1f && b === 0x8b) return await spzCanBeWhole(bytes)
  } catch {
    return false // it is no gzip after all
  }
  return true
}
