import { type RefObject, useEffect, useState } from 'react'
import { NoWebGL } from '../webgl'

interface Scene {
  resize: (width: number, height: number) => void
  dispose: () => void
}

/** Why nothing draws: the browser has no WebGL 2, or what draws did not come. */
export type NoScene = 'missing' | 'failed'

/** What draws on a canvas, loaded when it is needed; null before. */
export function useScene<S extends Scene>(
  canvas: RefObject<HTMLCanvasElement | null>,
  load: () => Promise<new (canvas: HTMLCanvasElement) => S>,
): S | NoScene | null {
  const [scene, setScene] = useState<S | NoScene | null>(null)
  useEffect(() => {
    let made: S | null = null
    let gone = false
    const element = canvas.current!
    const resize = new ResizeObserver(() => made?.resize(element.clientWidth, element.clientHeight))
    load()
      .then((Kind) => {
        if (gone) return
        made = new Kind(element)
        made.resize(element.clientWidth, element.clientHeight)
        resize.observe(element)
        setScene(made)
      })
      .catch((error: unknown) => {
        if (!gone) setScene(error instanceof NoWebGL ? 'missing' : 'failed')
        if (!(error instanceof NoWebGL)) console.error(error)
      })
    return () => {
      gone = true
      resize.disconnect()
      made?.dispose()
    }
  }, [canvas, load])
  return scene
}
