import type { Report } from '../api'
import { direction, multiply, radians, turning, type Vec3 } from './sphere'

/** Where the middle of the photo lies in its panorama: straight ahead, as high as the camera looked, then turned. */
export function photoDirection(report: Report | null, params: Record<string, unknown> | undefined): Vec3 {
  if (!report) return [0, 0, -1]
  const { yaw = 0, pitch = 0, roll = 0 } = (params?.adjustment ?? {}) as Partial<Record<string, number>>
  return multiply(turning(radians(yaw), radians(pitch), radians(roll)), direction(0, radians(report.camera.pitch_deg)))
}
