// From where something in space is looked at. Right-handed, +y up, −z ahead: docs/formats.md.

export type Triple = [number, number, number]

export interface Eye {
  target: Triple // what it turns about; from inside, where it stands
  yaw: number // radians to the left
  pitch: number // radians upwards
  distance: number // 0 from inside
  fov: number // radians, of the picture's height
  reach: number // about the size of what is looked at
}

export interface Extent {
  min: Triple
  max: Triple
}

export const FOV = 0.6 // as a portrait lens has it, so that what is far stays large
export const MARGIN = 1.04
const TILT = 1.5 // radians; straight up and down there is no right and left
const SAMPLE = 20_000
// Seen a little from the side, depth is seen at once.
const ASIDE = { yaw: -0.16, pitch: -0.1 }

export const clamp = (value: number, least: number, most: number) => Math.max(least, Math.min(most, value))

/** Where the eye looks, a unit vector. */
export function ahead({ yaw, pitch }: Eye): Triple {
  return [-Math.sin(yaw) * Math.cos(pitch), Math.sin(pitch), -Math.cos(yaw) * Math.cos(pitch)]
}

/** Where it is. */
export function place(eye: Eye): Triple {
  const [x, y, z] = ahead(eye)
  const { target, distance } = eye
  return [target[0] - distance * x, target[1] - distance * y, target[2] - distance * z]
}

/** Indices of some of so many points, all where they are few. */
export function sampleOf(count: number): number[] {
  const sample = Math.min(SAMPLE, count)
  // By chance and not every so manieth: an order that spreads points evenly has each second on one side.
  return Array.from({ length: sample }, (_, i) => (sample === count ? i : (Math.imul(i, 2654435761) >>> 0) % count))
}

/** The box that holds all of these points but the outermost hundredth along each axis. */
export function boxOf(points: Iterable<Triple>): Extent {
  const axes: [number[], number[], number[]] = [[], [], []]
  for (const point of points) point.forEach((value, axis) => Number.isFinite(value) && axes[axis]!.push(value))
  const ranges = axes.map((values) => {
    values.sort((a, b) => a - b)
    return [values[Math.floor(0.01 * values.length)] ?? 0, values[Math.ceil(0.99 * values.length) - 1] ?? 0] as const
  })
  const [x, y, z] = ranges as [readonly [number, number], readonly [number, number], readonly [number, number]]
  return { min: [x[0], y[0], z[0]], max: [x[1], y[1], z[1]] }
}

export const middleOf = ({ min, max }: Extent): Triple => [
  (min[0] + max[0]) / 2,
  (min[1] + max[1]) / 2,
  (min[2] + max[2]) / 2,
]

export const sizeOf = ({ min, max }: Extent): Triple => [max[0] - min[0], max[1] - min[1], max[2] - min[2]]

export const reachOf = (extent: Extent): number => Math.max(1e-3, Math.hypot(...sizeOf(extent)) / 2)

/** The eye that sees all of a box from the front. */
export function whole(extent: Extent, aspect: number): Eye {
  const eye = { target: middleOf(extent), ...ASIDE, distance: 1, fov: FOV, reach: reachOf(extent) }
  return { ...eye, distance: MARGIN * distanceFor(eye, sizeOf(extent), aspect) }
}

/** How far off a box about the target is seen whole. */
function distanceFor(eye: Eye, size: Triple, aspect: number): number {
  const half = Math.tan(eye.fov / 2)
  const { across, up } = sides(eye)
  const onto = (axis: Triple, corner: Triple) => corner.reduce((sum, value, i) => sum + value * axis[i]!, 0)
  let distance = 0
  for (let i = 0; i < 8; i++) {
    const corner = size.map((value, axis) => ((i >> axis) & 1 ? 0.5 : -0.5) * value) as Triple
    const wide = Math.max(Math.abs(onto(across, corner)) / aspect, Math.abs(onto(up, corner)))
    distance = Math.max(distance, wide / half - onto(ahead(eye), corner))
  }
  return distance
}

/** To the right and up as the eye sees it, unit vectors. */
function sides(eye: Eye): { across: Triple; up: Triple } {
  const [x, y, z] = ahead(eye)
  const across: Triple = [Math.cos(eye.yaw), 0, -Math.sin(eye.yaw)]
  return { across, up: [-across[2] * y, across[2] * x - across[0] * z, across[0] * y] }
}

/** Turned by radians to the right and up: from inside the eye looks there, else it goes there. */
export function turned(eye: Eye, right: number, up: number): Eye {
  const sign = eye.distance === 0 ? 1 : -1
  return { ...eye, yaw: eye.yaw - sign * right, pitch: clamp(eye.pitch + sign * up, -TILT, TILT) }
}

/** Nearer by so many steps, each a tenth; from inside the picture grows instead. */
export function zoomed(eye: Eye, steps: number): Eye {
  const factor = 0.9 ** steps
  if (eye.distance === 0) return { ...eye, fov: clamp(eye.fov * factor, 0.25, 1.9) }
  return { ...eye, distance: clamp(eye.distance * factor, 0.02 * eye.reach, 12 * eye.reach) }
}

/** Shifted with a drag by so many shares of the picture's height. */
export function shifted(eye: Eye, right: number, down: number): Eye {
  if (eye.distance === 0) return eye
  const span = 2 * eye.distance * Math.tan(eye.fov / 2)
  const { across, up } = sides(eye)
  const move = (axis: 0 | 1 | 2) => eye.target[axis] + span * (down * up[axis] - right * across[axis])
  return { ...eye, target: [move(0), move(1), move(2)] }
}
