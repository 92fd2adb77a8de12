import { type RefObject, useEffect, useState } from 'react'

interface Scene {
  resize: (width: number, height: number) => void
  dispose: () => void
}

/** What draws on a canvas, loaded when it is needed; null before, 'missing' where the browser cannot draw it. */
export function useScene<S extends Scene>(
  canvas: RefObject<HTMLCanvasElement | null>,
  load: () => Promise<new (canvas: HTMLCanvasElement) => S>,
): S | 'missing' | null {
  const [scene, setScene] = useState<S | 'missing' | null>(null)
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
      .catch(() => {
        if (!gone) setScene('missing')
      })
    return () => {
      gone = true
      resize.disconnect()
      made?.dispose()
    }
  }, [canvas, load])
  return scene
}
