// Which files are shown and saved, and which way up they are: docs/formats.md.

import type { Triple } from '../viewer/eye'
import { inverse, multiply, type Quaternion, shortest, tidy, UNTURNED } from './turn'

/** What is shown. */
export const SHOWN = ['.ply', '.splat', '.spz', '.ksplat', '.sog', '.glb', '.gltf', '.usdz'] as const
export const ACCEPTED = SHOWN.join(',')

// What the viewer cannot read, the server makes a PLY of first.
const BY_SERVER = ['.glb', '.gltf', '.usdz']

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
export const HALF_ABOUT_X: Quaternion = [0, 1, 0, 0]

/** The rotation from a file's axes, by its format or by what it says itself, to the page's. */
export function uprightOf(name: string, bytes: Uint8Array): Quaternion {
  if (suffixOf(name) === '.spz') return UNTURNED.earlier
  const up = suffixOf(name) === '.ply' ? upOf(bytes) : null
  return up ? tidy(multiply(HALF_ABOUT_X, shortest(up, [0, -1, 0]))) : HALF_ABOUT_X
}

/** What a scene that is upright, in axes with y down and z ahead, is to be turned by so that it stands as it is seen. */
export function rotationToSave(rotation: Quaternion, upright: Quaternion): Quaternion {
  const seen = multiply(rotation, inverse(upright))
  return tidy(multiply(HALF_ABOUT_X, multiply(seen, inverse(HALF_ABOUT_X))))
}

const LONGEST_HEADER = 1 << 16

/** The direction that a PLY's header says is up, as Brush (0 0 1) and nerfstudio (z) write it. */
function upOf(bytes: Uint8Array): Triple | null {
  const start = new TextDecoder('latin1').decode(bytes.subarray(0, LONGEST_HEADER))
  const header = start.slice(0, Math.max(0, start.search(/^end_header/m)))
  const said = [...header.matchAll(/^comment\s+vertical axis:(.*)$/gim)].map(([, words]) => words!.trim().toLowerCase())
  const ups = said.map((words) => (words === 'z' ? [0, 0, 1] : words.split(/\s+/).map(Number)))
  const up = ups.findLast((numbers) => numbers.length === 3 && Math.hypot(...numbers) > 1e-6 && numbers.every(isFinite))
  return (up as Triple | undefined) ?? null
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

/** Whether the viewer needs the server's help with a file. */
export const needsServer = (name: string, bytes: Uint8Array): boolean =>
  BY_SERVER.includes(suffixOf(name)) || (suffixOf(name) === '.spz' && NEW_SPZ.every((byte, i) => bytes[i] === byte))

/** Why what stands in a file could not be read. */
export function unreadable(name: string, bytes: Uint8Array): string {
  if (bytes.length === 0) return `${name} is empty.`
  return `${name} cannot be read; it may be cut off, damaged, or no scene of Gaussians.`
}
