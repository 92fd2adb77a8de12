import { direction, dot, pixelDirection, rowSolidAngles, type Vec3 } from './sphere'
import type { RadianceMap } from './radiance'

/** A disc of light on the sphere: `radiance` inside `radius` (radians), fading over `softness` of it at the rim. */
export interface DiscLight {
  direction: Vec3
  radius: number
  radiance: Vec3
  softness: number
}

/** Share of the radiance at an angle from the disc's centre. */
export function discShare(angle: number, radius: number, softness: number): number {
  const rim = radius * softness
  if (rim <= 0) return angle <= radius ? 1 : 0
  const t = Math.max(0, Math.min(1, (radius + rim / 2 - angle) / rim))
  return t * t * (3 - 2 * t)
}

/** Steradians of the disc's radiance: the integral of its share over the sphere. */
export function discSolidAngle(radius: number, softness: number): number {
  const outer = Math.min(Math.PI, radius * (1 + softness / 2))
  const steps = 256
  let sum = 0
  for (let i = 0; i < steps; i++) {
    const angle = ((i + 0.5) / steps) * outer
    sum += discShare(angle, radius, softness) * Math.sin(angle)
  }
  return (2 * Math.PI * sum * outer) / steps
}

/**
 * Adds discs to a map in place. A disc covers what pixels it covers and is scaled so that what the map gains is
 * exactly radiance × solid angle, also where the disc is smaller than a pixel.
 */
export function bake(map: RadianceMap, lights: readonly DiscLight[]): void {
  for (const light of lights) bakeOne(map, light)
}

const SUBSAMPLES = 4

function bakeOne(map: RadianceMap, light: DiscLight): void {
  const { width, height, pixels } = map
  const solidAngles = rowSolidAngles(width, height)
  const pixelSize = Math.PI / height
  // No narrower than a pixel, or its samples could miss it.
  const radius = Math.max(light.radius, 0.75 * pixelSize)
  const outer = radius * (1 + light.softness / 2) + pixelSize
  const altitude = Math.asin(Math.max(-1, Math.min(1, light.direction[1])))
  const first = Math.max(0, Math.floor(((Math.PI / 2 - altitude - outer) / Math.PI) * height))
  const last = Math.min(height - 1, Math.ceil(((Math.PI / 2 - altitude + outer) / Math.PI) * height))
  const covered: [at: number, share: number][] = []
  let baked = 0
  const nearest = Math.cos(outer)
  for (let row = first; row <= last; row++)
    for (let column = 0; column < width; column++) {
      if (dot(pixelDirection(column, row, width, height), light.direction) < nearest && !nearPole(row, height)) continue
      const share = pixelShare(column, row, width, height, light.direction, radius, light.softness)
      if (share <= 0) continue
      covered.push([3 * (row * width + column), share])
      baked += share * solidAngles[row]!
    }
  if (baked <= 0) return
  const scale = discSolidAngle(light.radius, light.softness) / baked
  for (const [at, share] of covered)
    for (let c = 0; c < 3; c++) pixels[at + c] = pixels[at + c]! + light.radiance[c]! * share * scale
}

const nearPole = (row: number, height: number) => row < 2 || row >= height - 2

function pixelShare(
  column: number,
  row: number,
  width: number,
  height: number,
  centre: Vec3,
  radius: number,
  softness: number,
): number {
  let sum = 0
  for (let j = 0; j < SUBSAMPLES; j++)
    for (let i = 0; i < SUBSAMPLES; i++) {
      const azimuth = ((column + (i + 0.5) / SUBSAMPLES) / width - 0.5) * 2 * Math.PI
      const altitude = (0.5 - (row + (j + 0.5) / SUBSAMPLES) / height) * Math.PI
      const cosine = dot(direction(azimuth, altitude), centre)
      sum += discShare(Math.acos(Math.max(-1, Math.min(1, cosine))), radius, softness)
    }
  return sum / (SUBSAMPLES * SUBSAMPLES)
}
