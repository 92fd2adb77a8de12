// What a person changes in a finished panorama, and what that makes of its light.

import type { AdjustRequest } from '../api'
import type { DiscLight } from './bake'
import {
  azimuthAltitude,
  degrees,
  direction,
  inverse,
  type Mat3,
  multiply,
  radians,
  turning,
  type Vec3,
} from './sphere'

/** Degrees and stops; the sun's direction is in the panorama as it was, so that turning takes the sun along. */
export interface Changes {
  yaw: number
  pitch: number
  roll: number
  exposure: number
  sunDirection: Vec3 | null // null: where it was
  sunStops: number
  sunRemoved: boolean
}

export const NO_CHANGES: Changes = {
  yaw: 0,
  pitch: 0,
  roll: 0,
  exposure: 0,
  sunDirection: null,
  sunStops: 0,
  sunRemoved: false,
}

export const rotationOf = (changes: Changes): Mat3 =>
  turning(radians(changes.yaw), radians(changes.pitch), radians(changes.roll))

export const sunChanged = (changes: Changes) =>
  changes.sunDirection !== null || changes.sunStops !== 0 || changes.sunRemoved

export const anyChange = (changes: Changes) =>
  changes.yaw !== 0 || changes.pitch !== 0 || changes.roll !== 0 || changes.exposure !== 0 || sunChanged(changes)

/** The sun as it stands after the changes, in the turned panorama; null where there is none. */
export function changedSun(sun: DiscLight | null, changes: Changes): DiscLight | null {
  if (!sun || changes.sunRemoved) return null
  const scale = 2 ** changes.sunStops
  return {
    ...sun,
    direction: multiply(rotationOf(changes), changes.sunDirection ?? sun.direction),
    radiance: sun.radiance.map((c) => c * scale) as Vec3,
  }
}

/** Azimuth and altitude, in degrees, of a light of the panorama as it was, seen in the turned one. */
export function seenAt(original: Vec3, changes: Changes): [number, number] {
  const [azimuth, altitude] = azimuthAltitude(multiply(rotationOf(changes), original))
  return [degrees(azimuth), degrees(altitude)]
}

/** The direction in the panorama as it was of a place, in degrees, in the turned one. */
export function originalOf(azimuth: number, altitude: number, changes: Changes): Vec3 {
  return multiply(inverse(rotationOf(changes)), direction(radians(azimuth), radians(altitude)))
}

/** The changes as the server takes them. */
export function adjustRequest(sun: DiscLight | null, changes: Changes): AdjustRequest {
  const { yaw, pitch, roll, exposure } = changes
  if (!sun || !sunChanged(changes)) return { yaw, pitch, roll, exposure, sun: null }
  const [azimuth, altitude] = azimuthAltitude(changes.sunDirection ?? sun.direction)
  return {
    yaw,
    pitch,
    roll,
    exposure,
    sun: {
      azimuth: degrees(azimuth),
      altitude: degrees(altitude),
      stops: changes.sunStops,
      remove: changes.sunRemoved,
    },
  }
}
