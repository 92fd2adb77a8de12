// How a scene is turned: what the file has as up and front comes to +y and +z, towards who looks at it.

import type { Triple } from '../viewer/eye'

export type Quaternion = readonly [w: number, x: number, y: number, z: number]
export type Axis = 0 | 1 | 2

/** A turn about an axis of the page, after all earlier ones. */
export interface Turn {
  earlier: Quaternion
  axis: Axis
  degrees: number
}

export const UNTURNED: Turn = { earlier: [1, 0, 0, 0], axis: 1, degrees: 0 }

export const SIDES = ['+x', '−x', '+y', '−y', '+z', '−z'] as const
export type Side = (typeof SIDES)[number]

export function multiply(a: Quaternion, b: Quaternion): Quaternion {
  const [aw, ax, ay, az] = a
  const [bw, bx, by, bz] = b
  return [
    aw * bw - ax * bx - ay * by - az * bz,
    aw * bx + ax * bw + ay * bz - az * by,
    aw * by - ax * bz + ay * bw + az * bx,
    aw * bz + ax * by - ay * bx + az * bw,
  ]
}

export const inverse = ([w, x, y, z]: Quaternion): Quaternion => [w, -x, -y, -z]

export function turned(by: Quaternion, [x, y, z]: Readonly<Triple>): Triple {
  const [, ...point] = multiply(multiply(by, [0, x, y, z]), inverse(by))
  return point
}

function about(axis: Axis, degrees: number): Quaternion {
  const half = (degrees * Math.PI) / 360
  const [cos, sin] = [Math.cos(half), Math.sin(half)]
  return [cos, axis === 0 ? sin : 0, axis === 1 ? sin : 0, axis === 2 ? sin : 0]
}

/** The smallest rotation that brings a direction, of any length, onto another of length one. */
export function shortest(from: Readonly<Triple>, [x, y, z]: Readonly<Triple>): Quaternion {
  const length = Math.hypot(...from)
  const [a, b, c] = from.map((value) => value / length) as Triple
  const cosine = a * x + b * y + c * z
  if (1 + cosine > 1e-9) return tidy([1 + cosine, b * z - c * y, c * x - a * z, a * y - b * x])
  const axis: Triple = Math.abs(a) < 0.9 ? [1 - a * a, -a * b, -a * c] : [-c * a, -c * b, 1 - c * c]
  return tidy([0, ...axis])
}

const EXACT = [0, 0.5, Math.SQRT1_2, 1]

/** Of length one, w not negative; what is within rounding of quarter turns is made one, so that four of them are none. */
export function tidy(quaternion: Quaternion): Quaternion {
  const length = Math.hypot(...quaternion)
  const first = quaternion.find((value) => Math.abs(value) > 1e-9) ?? 1
  const [w, x, y, z] = quaternion.map((value) => {
    const unit = (Math.sign(first) * value) / length
    const exact = EXACT.find((each) => Math.abs(Math.abs(unit) - each) < 1e-9)
    return exact === undefined ? unit : exact && Math.sign(unit) * exact
  })
  return [w!, x!, y!, z!]
}

export const rotationOf = ({ earlier, axis, degrees }: Turn): Quaternion =>
  tidy(multiply(about(axis, degrees), earlier))

/** After this turn, nothing more yet, about an axis. */
const after = (earlier: Quaternion, axis: Axis): Turn => ({ earlier: tidy(earlier), axis, degrees: 0 })

/** A quarter further about an axis of the page. */
export const quarter = (turn: Turn, axis: Axis, sign: 1 | -1): Turn =>
  after(multiply(about(axis, 90 * sign), rotationOf(turn)), turn.axis)

/** The same, to be turned about another axis. */
export const alongside = (turn: Turn, axis: Axis): Turn => after(rotationOf(turn), axis)

/** What is seen by an eye that has gone so far around (radians to the left) comes to the front. */
export const frontFrom = (turn: Turn, yaw: number): Turn =>
  after(multiply(about(1, (-yaw * 180) / Math.PI), rotationOf(turn)), turn.axis)

const axisOf = (side: Side): Triple => {
  const index = SIDES.indexOf(side)
  const axis: Triple = [0, 0, 0]
  axis[index >> 1] = index % 2 ? -1 : 1
  return axis
}

const UP: Triple = [0, 1, 0]
const FRONT: Triple = [0, 0, 1]

const dot = (a: Triple, b: Triple) => a[0] * b[0] + a[1] * b[1] + a[2] * b[2]

/** How near each side of the file is to a direction of the page, 1 where it is there. */
const nearness = (turn: Turn, direction: Triple) => (side: Side) =>
  dot(turned(rotationOf(turn), axisOf(side)), direction)

/** Which sides of the file are up and front; null where none is, after a free turn. */
export function sidesOf(turn: Turn): { up: Side | null; front: Side | null } {
  const there = (direction: Triple) => SIDES.find((side) => nearness(turn, direction)(side) > 1 - 1e-6) ?? null
  return { up: there(UP), front: there(FRONT) }
}

/** Sides that can be in front while this one is up. */
export const across = (side: Side): Side[] => SIDES.filter((each) => dot(axisOf(each), axisOf(side)) === 0)

const nearest = (turn: Turn, sides: readonly Side[], direction: Triple): Side =>
  sides.reduce((best, side) => (nearness(turn, direction)(side) > nearness(turn, direction)(best) + 1e-9 ? side : best))

/** This side of the file is up; what is in front stays there as far as it can. */
export const withUp = (turn: Turn, up: Side): Turn => after(placed(up, nearest(turn, across(up), FRONT)), turn.axis)

/** This side of the file is in front; what is up stays there as far as it can. */
export const withFront = (turn: Turn, front: Side): Turn =>
  after(placed(nearest(turn, across(front), UP), front), turn.axis)

/** The rotation that brings these sides up and to the front. */
function placed(up: Side, front: Side): Quaternion {
  const [u, f] = [axisOf(up), axisOf(front)]
  const right: Triple = [u[1] * f[2] - u[2] * f[1], u[2] * f[0] - u[0] * f[2], u[0] * f[1] - u[1] * f[0]]
  const m = [right, u, f]
  // Shepperd 1978: by whichever component is largest.
  const trace = m[0]![0] + m[1]![1] + m[2]![2]
  const squares = [trace, m[0]![0], m[1]![1], m[2]![2]]
  const largest = squares.indexOf(Math.max(...squares))
  if (largest === 0) return [1 + trace, m[2]![1] - m[1]![2], m[0]![2] - m[2]![0], m[1]![0] - m[0]![1]]
  const i = largest - 1
  const [j, k] = [(i + 1) % 3, (i + 2) % 3]
  const parts = [0, 0, 0]
  parts[i] = 1 + 2 * m[i]![i]! - trace
  parts[j] = m[j]![i]! + m[i]![j]!
  parts[k] = m[k]![i]! + m[i]![k]!
  return [m[k]![j]! - m[j]![k]!, parts[0]!, parts[1]!, parts[2]!]
}
