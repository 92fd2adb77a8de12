// An equirectangular map of radiance on the CPU: RGB interleaved, linear Rec.709, 1 = the photo's diffuse white.

import { rowSolidAngles, type Vec3 } from './sphere'

export interface RadianceMap {
  width: number
  height: number
  pixels: Float32Array // 3 · width · height
}

export const luminance = (r: number, g: number, b: number) => 0.2126 * r + 0.7152 * g + 0.0722 * b

/** Half the size, each pixel the mean of four by solid angle: a map's energy stays. */
export function halved(map: RadianceMap): RadianceMap {
  const [width, height] = [map.width >> 1, map.height >> 1]
  const pixels = new Float32Array(3 * width * height)
  const weights = rowSolidAngles(map.width, map.height)
  for (let row = 0; row < height; row++) {
    const upper = weights[2 * row]!
    const lower = weights[2 * row + 1]!
    const norm = 0.5 / (upper + lower)
    for (let column = 0; column < width; column++) {
      const above = 3 * (2 * row * map.width + 2 * column)
      const below = above + 3 * map.width
      const at = 3 * (row * width + column)
      for (let c = 0; c < 3; c++)
        pixels[at + c] =
          norm *
          (upper * (map.pixels[above + c]! + map.pixels[above + 3 + c]!) +
            lower * (map.pixels[below + c]! + map.pixels[below + 3 + c]!))
    }
  }
  return { width, height, pixels }
}

/** The map and its halves, down to 8 pixels wide. */
export function pyramid(map: RadianceMap): RadianceMap[] {
  const levels = [map]
  for (let level = map; level.width > 8 && level.height > 4;) {
    level = halved(level)
    levels.push(level)
  }
  return levels
}

/** Radiance in a direction, the nearest pixel's. */
export function radianceAt(map: RadianceMap, [x, y, z]: Vec3): Vec3 {
  const u = Math.atan2(x, -z) / (2 * Math.PI) + 0.5
  const v = 0.5 - Math.asin(Math.max(-1, Math.min(1, y))) / Math.PI
  const column = Math.min(map.width - 1, Math.floor(u * map.width))
  const row = Math.min(map.height - 1, Math.floor(v * map.height))
  const at = 3 * (row * map.width + column)
  return [map.pixels[at]!, map.pixels[at + 1]!, map.pixels[at + 2]!]
}
