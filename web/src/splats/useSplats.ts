import { useCallback, useEffect, useRef, useState } from 'react'
import { ApiError } from '../api'
import type { NoScene } from '../components/useScene'
import { convert } from './api'
import { HALF_ABOUT_X, needsServer, refusalOf, unreadable, uprightOf } from './formats'
import { isSound } from './soundness'
import type { Splats, SplatScene } from './SplatScene'
import { type Quaternion, UNTURNED } from './turn'

/** A file, and what stands in it; null where nothing draws. */
export interface Opened {
  file: File
  asRead: Quaternion // from the file's axes to those of what was read of it
  upright: Quaternion // from there to the page's
  splats: Splats | null
}

/** The file that was opened last and could be read; another that cannot be leaves it. */
export function useSplats(scene: SplatScene | NoScene | null): {
  opened: Opened | null
  reading: string | null // the name of the file that is being read
  problem: string | null
  open: (file: File) => void
  say: (problem: string | null) => void
} {
  const [wanted, setWanted] = useState<File | null>(null)
  const [opened, setOpened] = useState<Opened | null>(null)
  const [reading, setReading] = useState<string | null>(null)
  const [problem, setProblem] = useState<string | null>(null)
  const now = useRef<File | null>(null)

  const open = useCallback((file: File) => {
    const refusal = refusalOf(file.name)
    setProblem(refusal)
    if (refusal) return
    now.current = file
    setReading(file.name)
    setWanted(file)
  }, [])

  // What is opened before there is a canvas waits for it.
  useEffect(() => {
    if (!wanted || !scene) return
    setWanted(null)
    void read(scene, wanted).then((result) => {
      if (now.current !== wanted) {
        if (typeof result !== 'string') result.splats?.mesh.dispose() // another was opened meanwhile
        return
      }
      setReading(null)
      if (typeof result === 'string') setProblem(result)
      else setOpened(result)
    })
  }, [wanted, scene])

  return { opened, reading, problem, open, say: setProblem }
}

/** What stands in a file, or why it could not be read. */
async function read(scene: SplatScene | NoScene, file: File): Promise<Opened | string> {
  let bytes: Uint8Array<ArrayBuffer>
  try {
    bytes = new Uint8Array(await file.arrayBuffer())
  } catch {
    return `${file.name} could not be opened; it may have been moved or changed.`
  }
  const asItIs = { file, asRead: UNTURNED.earlier, upright: uprightOf(file.name, bytes) }
  if (typeof scene === 'string') return { ...asItIs, splats: null }
  const { SplatScene } = await import('./SplatScene')
  try {
    if (bytes.length === 0) return unreadable(file.name, bytes)
    if (needsServer(file.name, bytes)) {
      const ply = await convert(file, '.ply', UNTURNED.earlier, 1, new AbortController().signal)
      bytes = new Uint8Array(await ply.arrayBuffer())
      const splats = await SplatScene.read(bytes, `${file.name}.ply`)
      return { file, asRead: HALF_ABOUT_X, upright: uprightOf('.ply', bytes), splats } // all that it reads has y up
    }
    if (!(await isSound(bytes))) return unreadable(file.name, bytes)
    return { ...asItIs, splats: await SplatScene.read(bytes, file.name) }
  } catch (error) {
    if (error instanceof ApiError) return error.message
    // What reads files has broken down over this one, and every other would fail like it.
    const over = error instanceof RangeError || /unreachable|RangeError/.test(String(error))
    return `${unreadable(file.name, bytes)}${over ? ' Load the page again before you open another.' : ''}`
  }
}
