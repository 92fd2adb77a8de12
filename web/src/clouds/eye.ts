// From where a cloud is looked at.

import { type Eye, type Extent, FOV, MARGIN, boxOf, clamp, reachOf, sampleOf, whole } from '../viewer/eye'
import { type Cloud, point } from './decode'

/** The box that holds all but the outermost hundredth along each axis. */
export const extentOf = (cloud: Cloud): Extent => boxOf(sampleOf(cloud.count).map((index) => point(cloud, index)))

export const surrounds = ({ header }: Cloud) =>
  header.projection === 'equirectangular' || header.projection === 'legacy'

/** The eye that sees a cloud as its picture is meant: a panorama from inside, a perspective from its camera. */
export function firstEye(cloud: Cloud, extent: Extent, aspect: number): Eye {
  const { min, max } = extent
  const reach = reachOf(extent)
  if (surrounds(cloud)) return { target: [0, 0, 0], yaw: 0, pitch: 0, distance: 0, fov: 1.3, reach }
  const { width, height, focal_px, projection } = cloud.header
  if (projection === 'perspective' && focal_px) {
    const [across, up] = [width / 2 / focal_px, height / 2 / focal_px]
    const fov = clamp(2 * Math.atan(MARGIN * Math.max(up, across / aspect)), 0.2, 2)
    // The camera's own place and view. It turns about what is halfway in disparity: the farthest may be very far.
    const [near, far] = [Math.max(1e-3, -max[2]), Math.max(1e-3, -min[2])]
    const distance = (2 * near * far) / (near + far)
    return { target: [0, 0, -distance], yaw: 0, pitch: 0, distance, fov, reach: Math.min(reach, 3 * distance) }
  }
  return whole(extent, aspect)
}

/** The eye outside a panorama that sees all of it. */
export function outside(eye: Eye): Eye {
  return { ...eye, yaw: 0.5, pitch: -0.35, distance: 3.2 * eye.reach, fov: FOV }
}
