// A result's light as the page needs it: the map, its lesser lights baked in, its main light kept apart.

import { FloatType } from 'three'
import { HDRLoader } from 'three/examples/jsm/loaders/HDRLoader.js'
import { getLight, type LightRow, type Report } from '../api'
import { bake, type DiscLight } from './bake'
import { glossyMap, irradianceMap } from './prefilter'
import type { RadianceMap } from './radiance'
import { radians } from './sphere'

export const SILVER_ROUGHNESS = 0.33
const SOFTNESS = 0.2

export interface LightProbe {
  map: RadianceMap
  glossy: RadianceMap
  irradiance: RadianceMap
  sun: DiscLight | null // the main light, whatever it is
  sunKind: LightRow['kind'] | null
}

export function discLight(row: LightRow): DiscLight {
  return {
    direction: row.direction,
    radius: radians(row.angular_radius_deg),
    radiance: row.radiance,
    softness: row.softness ?? SOFTNESS,
  }
}

/** Fetches and prepares a result's light. */
export async function loadProbe(id: string, report: Report, signal: AbortSignal): Promise<LightProbe> {
  return prepare(decodeRadiance(await getLight(id, signal)), report.lights)
}

export function prepare(map: RadianceMap, lights: readonly LightRow[]): LightProbe {
  const [sun, ...others] = lights // the first is the one that can be changed
  bake(map, others.map(discLight))
  return {
    map,
    glossy: glossyMap(map, SILVER_ROUGHNESS),
    irradiance: irradianceMap(map),
    sun: sun ? discLight(sun) : null,
    sunKind: sun?.kind ?? null,
  }
}

export function decodeRadiance(file: ArrayBuffer): RadianceMap {
  const picture = new HDRLoader().setDataType(FloatType).parse(file)
  const { width = 0, height = 0 } = picture
  if (width < 8 || height * 2 !== width) throw new Error('The light map is not a whole panorama.')
  const rgba = picture.data as Float32Array
  const pixels = new Float32Array(3 * width * height)
  for (let i = 0, from = 0, to = 0; i < width * height; i++, from += 4, to += 3) {
    pixels[to] = rgba[from]!
    pixels[to + 1] = rgba[from + 1]!
    pixels[to + 2] = rgba[from + 2]!
  }
  return { width, height, pixels }
}
