// The routes of scenes of Gaussians: docs/api.md, Splats.

import { arrived, request } from '../api'
import type { Quaternion } from './turn'

/** The scene of a file in another format, turned and scaled. Raises ApiError. */
export async function convert(
  file: File,
  format: string,
  rotation: Quaternion,
  scale: number,
  signal: AbortSignal,
): Promise<Blob> {
  const body = new FormData()
  body.append('format', format)
  body.append('rotation', rotation.join(','))
  body.append('scale', `${scale}`)
  body.append('file', file, file.name)
  return arrived((await request('/api/splats/convert', { method: 'POST', body, signal })).blob())
}
