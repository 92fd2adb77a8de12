// How far apart a cloud's points are, and what is near and far in it.

import type { Extent } from '../viewer/eye'
import type { CloudHeader } from './decode'

// As the format has it: docs/formats.md, the packed point cloud.
const PLANAR_WIDTH = 8
const PLANAR_DEPTHS = { far: 9, near: 3, disparity: false }
const SPHERE_DEPTHS = { far: 10, near: 6, disparity: false }

// A little more than they are apart, so that no gaps show between round points; more where chance has chosen them.
const OVERLAP = 1.45
const OVERLAP_OF_SOME = 2.1

/** Whether points are as far apart as they are far away from the eye that saw the picture. */
export const bySight = ({ projection }: CloudHeader): boolean => projection !== 'planar'

/** How large points are so that `drawn` of them close the picture: in units, or `bySight` per unit of distance. */
export function baseSize(header: CloudHeader, drawn: number): number {
  const { width, height, projection, focal_px } = header
  const apart =
    projection === 'planar'
      ? PLANAR_WIDTH / width
      : projection === 'perspective'
        ? 1 / (focal_px || width)
        : (2 * Math.PI) / width
  return (
    (drawn < 0.9 * width * height ? OVERLAP_OF_SOME : OVERLAP) *
    apart *
    Math.sqrt((width * height) / Math.max(1, drawn))
  )
}

/** Depths that are coloured as far and near; by `disparity` halfway between them is halfway in 1 / depth. */
export function depthsOf(header: CloudHeader, extent: Extent): { far: number; near: number; disparity: boolean } {
  switch (header.projection) {
    case 'equirectangular':
      return SPHERE_DEPTHS
    case 'legacy': // which has what is near farther out
      return { far: SPHERE_DEPTHS.near, near: SPHERE_DEPTHS.far, disparity: false }
    case 'planar':
      return PLANAR_DEPTHS
    case 'perspective': {
      const near = Math.max(1e-3, header.near || -extent.max[2])
      return { far: Math.max(near * 1.001, header.far || -extent.min[2]), near, disparity: true }
    }
  }
}
