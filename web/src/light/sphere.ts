// The house frame: +x right, +y up, a panorama's centre is −z. Angles in radians.

export type Vec3 = [number, number, number]

/** Row-major 3×3. */
export type Mat3 = [number, number, number, number, number, number, number, number, number]

export const IDENTITY: Mat3 = [1, 0, 0, 0, 1, 0, 0, 0, 1]
export const radians = (degrees: number) => (degrees * Math.PI) / 180
export const degrees = (radians: number) => (radians * 180) / Math.PI

/** Unit vector of an azimuth (0 = centre, positive to the right) and an altitude. */
export function direction(azimuth: number, altitude: number): Vec3 {
  const c = Math.cos(altitude)
  return [c * Math.sin(azimuth), Math.sin(altitude), -c * Math.cos(azimuth)]
}

export function azimuthAltitude([x, y, z]: Vec3): [number, number] {
  return [Math.atan2(x, -z), Math.asin(Math.max(-1, Math.min(1, y / Math.hypot(x, y, z))))]
}

export const dot = (a: Vec3, b: Vec3) => a[0] * b[0] + a[1] * b[1] + a[2] * b[2]

export function multiply(m: Mat3, v: Vec3): Vec3 {
  return [
    m[0] * v[0] + m[1] * v[1] + m[2] * v[2],
    m[3] * v[0] + m[4] * v[1] + m[5] * v[2],
    m[6] * v[0] + m[7] * v[1] + m[8] * v[2],
  ]
}

/** The transpose, which is a rotation's inverse. */
export const inverse = (m: Mat3): Mat3 => [m[0], m[3], m[6], m[1], m[4], m[7], m[2], m[5], m[8]]

/**
 * The rotation that turns a panorama's content: `yaw` to the right, `pitch` up (at the centre), `roll` clockwise.
 * Ry(−yaw) · Rx(pitch) · Rz(−roll), the order of the camera that took the photo.
 */
export function turning(yaw: number, pitch: number, roll: number): Mat3 {
  const [cy, sy] = [Math.cos(-yaw), Math.sin(-yaw)]
  const [cp, sp] = [Math.cos(pitch), Math.sin(pitch)]
  const [cr, sr] = [Math.cos(-roll), Math.sin(-roll)]
  return [
    cy * cr + sy * sp * sr,
    -cy * sr + sy * sp * cr,
    sy * cp,
    cp * sr,
    cp * cr,
    -sp,
    -sy * cr + cy * sp * sr,
    sy * sr + cy * sp * cr,
    cy * cp,
  ]
}

/** Solid angle of a pixel in each row of an equirectangular map, in steradians; a whole map sums to 4π. */
export function rowSolidAngles(width: number, height: number): Float64Array {
  const angles = new Float64Array(height)
  for (let row = 0; row < height; row++) {
    const top = Math.PI / 2 - (row * Math.PI) / height
    angles[row] = ((Math.sin(top) - Math.sin(top - Math.PI / height)) * 2 * Math.PI) / width
  }
  return angles
}

/** Unit vector of a pixel's centre. */
export function pixelDirection(column: number, row: number, width: number, height: number): Vec3 {
  return direction(((column + 0.5) / width - 0.5) * 2 * Math.PI, (0.5 - (row + 0.5) / height) * Math.PI)
}
