import { describe, expect, it } from 'vitest'
import { bake, discSolidAngle, type DiscLight } from './bake'
import { adjustRequest, changedSun, NO_CHANGES, originalOf, seenAt } from './changes'
import { measure } from './measure'
import { glossyMap, irradianceMap } from './prefilter'
import { luminance, pyramid, type RadianceMap, radianceAt } from './radiance'
import {
  azimuthAltitude,
  degrees,
  direction,
  dot,
  inverse,
  multiply,
  radians,
  rowSolidAngles,
  turning,
  type Vec3,
} from './sphere'

function constant(width: number, value: number): RadianceMap {
  return { width, height: width / 2, pixels: new Float32Array((3 * width * width) / 2).fill(value) }
}

function energy(map: RadianceMap): Vec3 {
  const sum: Vec3 = [0, 0, 0]
  const solidAngles = rowSolidAngles(map.width, map.height)
  for (let i = 0; i < map.width * map.height; i++)
    for (let c = 0; c < 3; c++) sum[c] = sum[c]! + map.pixels[3 * i + c]! * solidAngles[(i / map.width) | 0]!
  return sum
}

const disc = (
  azimuth: number,
  altitude: number,
  radius: number,
  radiance: Vec3 = [50_000, 46_000, 40_000],
): DiscLight => ({
  direction: direction(radians(azimuth), radians(altitude)),
  radius: radians(radius),
  radiance,
  softness: 0.2,
})

describe('baking a light', () => {
  it.each([
    ['smaller than a pixel', disc(12, 34, 0.27)],
    ['on the seam', disc(180, 10, 1.2)],
    ['at the zenith', disc(0, 90, 0.27)],
    ['near the nadir', disc(77, -88.9, 3)],
    ['as wide as a window', disc(-60, 5, 14)],
  ])('adds exactly its radiance times its solid angle: %s', (_, light) => {
    const map = constant(512, 0)
    bake(map, [light])
    const solidAngle = discSolidAngle(light.radius, light.softness)
    energy(map).forEach((sum, c) => expect(sum / (light.radiance[c]! * solidAngle)).toBeCloseTo(1, 4))
  })

  it('puts it where it belongs', () => {
    const map = constant(512, 0)
    bake(map, [disc(40, -20, 4, [1, 1, 1])])
    expect(radianceAt(map, direction(radians(40), radians(-20)))[0]).toBeCloseTo(1, 1)
    expect(radianceAt(map, direction(radians(46), radians(-20)))[0]).toBe(0)
  })

  it('counts a soft rim half: its solid angle stays near that of the hard disc', () => {
    const hard = 2 * Math.PI * (1 - Math.cos(radians(5)))
    expect(discSolidAngle(radians(5), 0)).toBeCloseTo(hard, 4)
    expect(discSolidAngle(radians(5), 0.2) / hard).toBeCloseTo(1, 2)
  })
})

describe('prefiltering', () => {
  it('sends an even surrounding back as it is', () => {
    for (const filtered of [irradianceMap(constant(128, 0.7)), glossyMap(constant(128, 0.7), 0.33)])
      for (const value of filtered.pixels) expect(value).toBeCloseTo(0.7, 2)
  })

  it('gives a card the cosine of a distant lamp', () => {
    const map = constant(256, 0)
    const lamp = disc(30, 40, 6, [100, 100, 100])
    bake(map, [lamp])
    const expected = (100 * discSolidAngle(lamp.radius, lamp.softness)) / Math.PI
    const card = irradianceMap(map)
    expect(radianceAt(card, lamp.direction)[0] / expected).toBeCloseTo(1, 1)
    const up = direction(radians(30), radians(85))
    expect(radianceAt(card, up)[0] / expected).toBeCloseTo(dot(up, lamp.direction), 1)
  })

  it('keeps the energy of every mip level', () => {
    const map = constant(256, 0.1)
    bake(map, [disc(-100, 62, 2)])
    const whole = energy(map)[1]
    for (const level of pyramid(map)) expect(energy(level)[1] / whole).toBeCloseTo(1, 5)
  })
})

describe('turning', () => {
  it('moves the centre right, up, and turns it clockwise', () => {
    expect(azimuthAltitude(multiply(turning(radians(30), 0, 0), [0, 0, -1])).map(degrees)[0]).toBeCloseTo(30)
    expect(azimuthAltitude(multiply(turning(0, radians(20), 0), [0, 0, -1])).map(degrees)[1]).toBeCloseTo(20)
    expect(multiply(turning(0, 0, radians(90)), [0, 1, 0])[0]).toBeCloseTo(1)
  })

  it('is undone by its inverse', () => {
    const m = turning(0.4, -0.7, 1.9)
    const v = direction(2.2, -0.3)
    multiply(inverse(m), multiply(m, v)).forEach((c, i) => expect(c).toBeCloseTo(v[i]!))
  })
})

describe('changes', () => {
  const sun = disc(20, 30, 0.27)

  it('take the sun along with the panorama', () => {
    const turned = changedSun(sun, { ...NO_CHANGES, yaw: 50 })!
    expect(azimuthAltitude(turned.direction).map(degrees)).toEqual([expect.closeTo(70), expect.closeTo(30)])
  })

  it('put the sun where it is asked for in the turned panorama, and find it there again', () => {
    const leaning = { ...NO_CHANGES, yaw: 40, pitch: -12, roll: 7 }
    const moved = { ...leaning, sunDirection: originalOf(-75, 12, leaning) }
    expect(seenAt(moved.sunDirection, moved)).toEqual([expect.closeTo(-75), expect.closeTo(12)])
    expect(azimuthAltitude(changedSun(sun, moved)!.direction).map(degrees)).toEqual([
      expect.closeTo(-75),
      expect.closeTo(12),
    ])
  })

  it('dim by stops and remove', () => {
    expect(changedSun(sun, { ...NO_CHANGES, sunStops: -2 })!.radiance[0]).toBeCloseTo(12_500)
    expect(changedSun(sun, { ...NO_CHANGES, sunRemoved: true })).toBeNull()
  })

  it('ask for nothing about a sun that nobody touched', () => {
    expect(adjustRequest(sun, { ...NO_CHANGES, yaw: 5 }).sun).toBeNull()
  })
})

describe('measuring', () => {
  it('finds the card, the key and the ratio of a sun in an even sky', () => {
    const sun = disc(-30, 50, 0.27, [60_000, 60_000, 60_000])
    const values = measure(constant(256, 0.5), [sun])
    const flux = luminance(...sun.radiance) * discSolidAngle(sun.radius, sun.softness)
    expect(values.horizontal).toBeCloseTo(0.5 + (flux * Math.sin(radians(50))) / Math.PI, 2)
    expect(values.keyAzimuth).toBeCloseTo(-30, 1)
    expect(values.keyAltitude).toBeCloseTo(50, 1)
    expect(values.keyToFill).toBeCloseTo(Math.log2(flux / (0.5 * Math.PI)), 2)
    expect(values.stops).toBeCloseTo(Math.log2(60_000 / 0.5), 2)
  })
})
