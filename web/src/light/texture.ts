import {
  DataTexture,
  DataUtils,
  HalfFloatType,
  LinearFilter,
  LinearMipmapLinearFilter,
  RepeatWrapping,
  RGBAFormat,
} from 'three'
import { pyramid, type RadianceMap } from './radiance'

const HALF_MAX = 65504

function halves(map: RadianceMap): Uint16Array<ArrayBuffer> {
  const count = map.width * map.height
  const rgba = new Uint16Array(4 * count)
  for (let i = 0; i < count; i++) {
    for (let c = 0; c < 3; c++) rgba[4 * i + c] = DataUtils.toHalfFloat(Math.min(HALF_MAX, map.pixels[3 * i + c]!))
    rgba[4 * i + 3] = 0x3c00
  }
  return rgba
}

/** A map for the graphics card, half floats; `mipped` with levels that keep the map's energy. */
export function radianceTexture(map: RadianceMap, mipped: boolean): DataTexture {
  const made = new DataTexture(halves(map), map.width, map.height, RGBAFormat, HalfFloatType)
  made.wrapS = RepeatWrapping
  made.magFilter = LinearFilter
  made.minFilter = mipped ? LinearMipmapLinearFilter : LinearFilter
  if (mipped) made.mipmaps = levels(map)
  made.generateMipmaps = false
  made.needsUpdate = true
  return made
}

// Made here and not by the driver: weighted by solid angle, so that the poles keep their energy.
function levels(map: RadianceMap) {
  const all = pyramid(map)
  for (let last = all[all.length - 1]!; last.width > 1 || last.height > 1; last = all[all.length - 1]!) {
    const [width, height] = [Math.max(1, last.width >> 1), Math.max(1, last.height >> 1)]
    all.push({ width, height, pixels: last.pixels.slice(0, 3 * width * height) })
  }
  return all.map((level) => ({ data: halves(level), width: level.width, height: level.height }))
}
