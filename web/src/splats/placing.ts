// Where a turned and scaled scene lies, and how the eye goes with it.

import { boxOf, type Extent, type Eye, type Triple } from '../viewer/eye'
import { inverse, multiply, type Quaternion, turned } from './turn'

/** A rotation, then a scale, both about the origin of the file. */
export interface Placing {
  rotation: Quaternion
  scale: number
}

const scaled = ([x, y, z]: Triple, by: number): Triple => [by * x, by * y, by * z]

/** The box that holds all but the outermost hundredth of these points of the file, once they are placed. */
export function extentOf(points: readonly Triple[], { rotation, scale }: Placing): Extent {
  return boxOf(points.map((point) => scaled(turned(rotation, point), scale)))
}

/** The eye that has in its middle what it had there, as large, after the scene was placed otherwise. */
export function followed(eye: Eye, before: Placing, after: Placing): Eye {
  const by = after.scale / before.scale
  const turn = multiply(after.rotation, inverse(before.rotation))
  return {
    ...eye,
    target: scaled(turned(turn, eye.target), by),
    distance: by * eye.distance,
    reach: by * eye.reach,
  }
}
