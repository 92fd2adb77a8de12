// Which files are shown and saved: docs/formats.md.

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
  { suffix: '.ply', words: 'all there is, for every program' },
  { suffix: '.compressed.ply', words: 'a quarter of it, for SuperSplat' },
  { suffix: '.splat', words: 'colour from all sides alike' },
  { suffix: '.spz', words: 'a tenth of it' },
  { suffix: '.glb', words: 'glTF with KHR_gaussian_splatting' },
  { suffix: '.usdz', words: 'OpenUSD' },
]

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
    return `${name} is SPZ 4, and SPZ 2 and 3 are shown here: lucida gaussians convert writes it anew.`
  return `${name} cannot be read; it may be cut off, damaged, or no scene of Gaussians.`
}
