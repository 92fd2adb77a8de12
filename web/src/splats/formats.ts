// Which files are shown and saved, and which way up they are: docs/formats.md.

import { inverse, multiply, type Quaternion, tidy, UNTURNED } from './turn'

/** What the viewer reads. */
export const SHOWN = ['.ply', '.splat', '.spz', '.ksplat', '.sog'] as const
export const ACCEPTED = SHOWN.join(',')

// What the server cannot read is shown here, and that is all.
const SHOWN_ALONE = ['.ksplat', '.sog']

export interface Format {
  suffix: string
  words: string
}

/** What a scene can be saved as; lucida.gaussians.files writes the same. */
export const SAVED: readonly Format[] = [
  { suffix: '.ply', words: 'every number as it is, for all programs' },
  { suffix: '.compressed.ply', words: 'for PlayCanvas and SuperSplat' },
  { suffix: '.splat', words: 'one colour from all sides' },
  { suffix: '.spz', words: 'the smallest' },
  { suffix: '.glb', words: 'glTF with KHR_gaussian_splatting' },
  { suffix: '.gltf', words: 'the same as JSON' },
  { suffix: '.usdz', words: 'OpenUSD with its Gaussian splats' },
]

// 3D Gaussian Splatting has OpenCV's axes, y down and z ahead; SPZ has y up and z backward, as the page.
const HALF_ABOUT_X: Quaternion = [0, 1, 0, 0]

/** The rotation from a file's axes, by its format, to the page's. */
export const uprightOf = (name: string): Quaternion => (suffixOf(name) === '.spz' ? UNTURNED.earlier : HALF_ABOUT_X)

/** What a scene is to be turned by in its own axes, y down and z ahead, so that it stands as it is seen. */
export function rotationToSave(rotation: Quaternion, name: string): Quaternion {
  const seen = multiply(rotation, inverse(uprightOf(name)))
  return tidy(multiply(HALF_ABOUT_X, multiply(seen, inverse(HALF_ABOUT_X))))
}

export const suffixOf = (name: string): string => /\.[^.]+$/.exec(name.toLowerCase())?.[0] ?? ''

/** A file's name without what says its format. */
export const stemOf = (name: string): string => name.replace(/(\.compressed)?\.[^.]*$/i, '') || 'scene'

/** Why a file of this name cannot be shown, before it is read. */
export function refusalOf(name: string): string | null {
  if ((SHOWN as readonly string[]).includes(suffixOf(name))) return null
  return `${name} is none of the files that are shown here: ${SHOWN.slice(0, -1).join(', ')} and ${SHOWN.at(-1)}.`
}

/** Why a file of this name can be looked at and not saved. */
export function lookOnly(name: string): string | null {
  const suffix = suffixOf(name)
  if (!SHOWN_ALONE.includes(suffix)) return null
  return `A ${suffix} file can be looked at here, not saved as another: only the viewer reads it.`
}

const NEW_SPZ = [0x4e, 0x47, 0x53, 0x50] // "NGSP", as version 4 begins

/** Why what stands in a file could not be read. */
export function unreadable(name: string, bytes: Uint8Array): string {
  if (bytes.length === 0) return `${name} is empty.`
  if (suffixOf(name) === '.spz' && NEW_SPZ.every((byte, i) => bytes[i] === byte))
    return `${name} is SPZ 4, and SPZ 1 to 3 are shown here; save it as another format first: lucida gaussians convert.`
  return `${name} cannot be read; it may be cut off, damaged, or no scene of Gaussians.`
}
