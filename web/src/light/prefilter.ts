// What a rough and a matte surface see of a map, for every direction at once.

import { halved, type RadianceMap } from './radiance'
import { pixelDirection, rowSolidAngles } from './sphere'

function reducedTo(map: RadianceMap, width: number): RadianceMap {
  let level = map
  while (level.width > width) level = halved(level)
  return level
}

interface Texels {
  direction: Float32Array
  weight: Float32Array // radiance × solid angle, RGB
  count: number
}

function texels(map: RadianceMap): Texels {
  const count = map.width * map.height
  const found: Texels = { direction: new Float32Array(3 * count), weight: new Float32Array(3 * count), count }
  const solidAngles = rowSolidAngles(map.width, map.height)
  for (let row = 0, at = 0; row < map.height; row++)
    for (let column = 0; column < map.width; column++, at += 3) {
      found.direction.set(pixelDirection(column, row, map.width, map.height), at)
      for (let c = 0; c < 3; c++) found.weight[at + c] = map.pixels[at + c]! * solidAngles[row]!
    }
  return found
}

/**
 * The map convolved with a kernel of the cosine between two directions, at `width` × `width/2`.
 * `kernel` need not be normalised when `normalise` is set: it is then divided by its own sum over the sphere.
 */
function convolved(
  map: RadianceMap,
  width: number,
  kernel: (cosine: number) => number,
  least: number,
  normalise: boolean,
): RadianceMap {
  const height = width / 2
  const source = texels(map)
  const solidAngles = rowSolidAngles(map.width, map.height)
  const pixels = new Float32Array(3 * width * height)
  // A table: the kernel's own cost would be paid for every pair.
  const steps = 4096
  const table = Float32Array.from({ length: steps + 1 }, (_, i) => kernel(least + ((1 - least) * i) / steps))
  const toStep = steps / (1 - least)
  for (let row = 0, at = 0; row < height; row++)
    for (let column = 0; column < width; column++, at += 3) {
      const [x, y, z] = pixelDirection(column, row, width, height)
      let [r, g, b, norm] = [0, 0, 0, 0]
      for (let i = 0, k = 0; i < source.count; i++, k += 3) {
        const cosine = x * source.direction[k]! + y * source.direction[k + 1]! + z * source.direction[k + 2]!
        if (cosine <= least) continue
        const weight = table[Math.min(steps, ((cosine - least) * toStep) | 0)]!
        r += weight * source.weight[k]!
        g += weight * source.weight[k + 1]!
        b += weight * source.weight[k + 2]!
        if (normalise) norm += weight * solidAngles[(i / map.width) | 0]!
      }
      const scale = normalise ? 1 / norm : 1
      pixels[at] = r * scale
      pixels[at + 1] = g * scale
      pixels[at + 2] = b * scale
    }
  return { width, height, pixels }
}

/** Irradiance over π for every normal: what a white matte surface sends back. */
export function irradianceMap(map: RadianceMap): RadianceMap {
  return convolved(reducedTo(map, 64), 64, (cosine) => cosine / Math.PI, 0, false)
}

/**
 * Mean radiance that a surface of GGX roughness (alpha = roughness²) mirrors, for every mirrored direction, with
 * the eye along it. Karis, "Real Shading in Unreal Engine 4", 2013, the split sum's first part.
 */
export function glossyMap(map: RadianceMap, roughness: number): RadianceMap {
  const alpha2 = roughness ** 4
  const kernel = (cosine: number) => {
    const half = Math.sqrt((1 + cosine) / 2) // cosine between the normal and the half vector: N = V = R
    const d = half * half * (alpha2 - 1) + 1
    return (alpha2 / (Math.PI * d * d)) * cosine
  }
  return convolved(reducedTo(map, 128), 128, kernel, Math.cos(1.05), true)
}
