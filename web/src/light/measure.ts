import { discSolidAngle, type DiscLight } from './bake'
import { luminance, type RadianceMap } from './radiance'
import { azimuthAltitude, degrees, pixelDirection, rowSolidAngles, type Vec3 } from './sphere'

/** What a lighting artist asks of a map. Luminances where 1 is the photo's diffuse white. */
export interface LightValues {
  horizontal: number // irradiance from above over π: a white card lying on the ground
  mean: number
  peak: number
  median: number
  stops: number // peak over median
  keyAzimuth: number // degrees, where the light comes from on the whole
  keyAltitude: number
  keyToFill: number | null // stops that the strongest light stands above all the rest, on a card that faces it
}

/** Measures a map together with lights that are known apart from it. */
export function measure(map: RadianceMap, lights: readonly DiscLight[]): LightValues {
  const { width, height, pixels } = map
  const solidAngles = rowSolidAngles(width, height)
  const sorted: number[] = []
  const vector: Vec3 = [0, 0, 0]
  let [horizontal, mean, peak] = [0, 0, 0]
  for (let row = 0, at = 0; row < height; row++)
    for (let column = 0; column < width; column++, at += 3) {
      const y = luminance(pixels[at]!, pixels[at + 1]!, pixels[at + 2]!)
      const flux = y * solidAngles[row]!
      const towards = pixelDirection(column, row, width, height)
      horizontal += flux * Math.max(0, towards[1])
      mean += flux
      peak = Math.max(peak, y)
      for (let c = 0; c < 3; c++) vector[c] = vector[c]! + flux * towards[c]!
      if (row % 2 === 0 && column % 2 === 0) sorted.push(y)
    }
  let strongest: { flux: number; direction: Vec3 } | null = null
  for (const light of lights) {
    const y = luminance(...light.radiance)
    const flux = y * discSolidAngle(light.radius, light.softness)
    horizontal += flux * Math.max(0, light.direction[1])
    mean += flux
    if (flux > 0) peak = Math.max(peak, y)
    for (let c = 0; c < 3; c++) vector[c] = vector[c]! + flux * light.direction[c]!
    if (flux > 0 && (!strongest || flux > strongest.flux)) strongest = { flux, direction: light.direction }
  }
  sorted.sort((a, b) => a - b)
  const median = sorted[sorted.length >> 1] ?? 0
  const [azimuth, altitude] = azimuthAltitude(vector)
  return {
    horizontal: horizontal / Math.PI,
    mean: mean / (4 * Math.PI),
    peak,
    median,
    stops: median > 0 ? Math.log2(peak / median) : 0,
    keyAzimuth: degrees(azimuth),
    keyAltitude: degrees(altitude),
    keyToFill: strongest ? keyToFill(map, lights, strongest.direction, strongest.flux) : null,
  }
}

function keyToFill(map: RadianceMap, lights: readonly DiscLight[], towards: Vec3, key: number): number {
  const solidAngles = rowSolidAngles(map.width, map.height)
  let fill = 0
  for (let row = 0, at = 0; row < map.height; row++)
    for (let column = 0; column < map.width; column++, at += 3) {
      const [x, y, z] = pixelDirection(column, row, map.width, map.height)
      const cosine = x * towards[0] + y * towards[1] + z * towards[2]
      if (cosine > 0)
        fill += cosine * solidAngles[row]! * luminance(map.pixels[at]!, map.pixels[at + 1]!, map.pixels[at + 2]!)
    }
  for (const light of lights) {
    const cosine = Math.max(
      0,
      light.direction[0] * towards[0] + light.direction[1] * towards[1] + light.direction[2] * towards[2],
    )
    const flux = luminance(...light.radiance) * discSolidAngle(light.radius, light.softness)
    if (cosine < 1 - 1e-9) fill += flux * cosine
  }
  return Math.log2(key / Math.max(fill, 1e-9))
}
