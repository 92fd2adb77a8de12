import Box from '@mui/material/Box'
import LinearProgress from '@mui/material/LinearProgress'
import Typography from '@mui/material/Typography'
import { type KeyboardEvent, useCallback, useEffect, useLayoutEffect, useMemo, useRef, useState } from 'react'
import { FullscreenIcon, HomeIcon, MinusIcon, PlusIcon, SphereIcon } from '../components/icons'
import { many } from '../components/numbers'
import { type NoScene, useScene } from '../components/useScene'
import { plate, ViewButton } from '../components/ViewButton'
import { type Eye, zoomed } from '../viewer/eye'
import { follow, moveOf } from '../viewer/gestures'
import type { Screen } from './budget'
import type { Look } from './CloudScene'
import { extentOf, firstEye, outside, surrounds } from './eye'
import type { Loading } from './useCloud'

const loadScene = () => import('./CloudScene').then((module) => module.CloudScene)

interface Props {
  loading: Loading
  title: string
  look: Look
  levels: (() => readonly number[]) | null // of a sound
  calm: boolean // nothing may move by itself
  onScreen: (screen: Screen | NoScene) => void
}

/** The points, to be walked around. */
export function CloudView({ loading, title, look, levels, calm, onScreen }: Props) {
  const frame = useRef<HTMLDivElement>(null)
  const canvas = useRef<HTMLCanvasElement>(null)
  const eye = useRef<Eye | null>(null)
  const own = useRef(false) // the visitor has chosen where to look from
  const [without, setWithout] = useState(false) // outside a panorama

  const loaded = useScene(canvas, loadScene)
  const scene = typeof loaded === 'string' ? null : loaded
  useEffect(() => {
    if (loaded) onScreen(typeof loaded === 'string' ? loaded : loaded.screen)
  }, [loaded, onScreen])

  const { cloud, shape } = loading
  // What comes after the first points is as large as they are.
  const extent = useMemo(() => (cloud ? extentOf(cloud) : null), [shape])

  const fit = useCallback(() => {
    if (!scene || !cloud || !extent) return
    own.current = false
    setWithout(false)
    eye.current = firstEye(cloud, extent, scene.aspect)
    scene.move(eye.current)
  }, [scene, cloud, extent])

  useLayoutEffect(() => {
    own.current = false
    eye.current = null
  }, [shape])

  // With the same picture in which the rest of the page learns of it.
  useLayoutEffect(() => {
    if (!scene || !cloud || !extent) return
    if (!eye.current) fit()
    scene.show(cloud, extent, eye.current!.reach)
  }, [scene, cloud, extent, fit])

  useLayoutEffect(() => scene?.look(look), [scene, look])
  useEffect(() => scene?.listen(levels, calm), [scene, levels, calm])

  // As long as nobody has looked around, the whole cloud is seen whatever shape the canvas takes.
  useEffect(() => {
    const resize = new ResizeObserver(() => own.current || fit())
    resize.observe(canvas.current!)
    return () => resize.disconnect()
  }, [fit])

  const change = useCallback(
    (how: (eye: Eye) => Eye) => {
      if (!scene || !eye.current) return
      own.current = true
      eye.current = how(eye.current)
      scene.move(eye.current)
    },
    [scene],
  )
  useEffect(() => follow(canvas.current!, change), [change])

  const inside = cloud !== null && surrounds(cloud)
  const cross = useCallback(() => {
    if (without) fit()
    else {
      change(outside)
      setWithout(true)
    }
  }, [without, fit, change])

  const fullscreen = useCallback(() => {
    if (document.fullscreenElement) void document.exitFullscreen()
    else void frame.current?.requestFullscreen?.()
  }, [])

  function key(event: KeyboardEvent): void {
    if (event.altKey || event.ctrlKey || event.metaKey) return
    const actions: Record<string, () => void> = { Home: fit, f: fullscreen }
    const [action, move] = [actions[event.key], moveOf(event.key)]
    if (!action && !move) return
    event.preventDefault()
    if (action) action()
    else change(move!)
  }

  const shown = cloud !== null && scene !== null
  const [r, g, b] = look.background.map((value) => Math.round(255 * value))
  return (
    <Box
      ref={frame}
      className="cloud"
      data-shown={shown}
      sx={{ position: 'absolute', inset: 0, overflow: 'hidden' }}
      style={{ background: `rgb(${r}, ${g}, ${b})` }}
    >
      <Box
        component="canvas"
        ref={canvas}
        role="application"
        aria-label={`Point cloud of ${title}. Arrow keys ${inside && !without ? 'look' : 'go'} around, plus and minus zoom, Home shows all of it, F fills the screen.`}
        tabIndex={shown ? 0 : -1}
        onKeyDown={key}
        onDoubleClick={fit}
        sx={{
          position: 'absolute',
          inset: 0,
          width: '100%',
          height: '100%',
          cursor: 'grab',
          touchAction: 'none',
          visibility: shown ? 'visible' : 'hidden',
          '&:active': { cursor: 'grabbing' },
          '&:focus-visible': { outlineOffset: '-3px !important' },
        }}
      />
      {shown && (
        <>
          <Typography
            variant="caption"
            className="count number"
            sx={{ ...plate, position: 'absolute', left: 8, bottom: 8, px: 0.9, py: 0.35, pointerEvents: 'none' }}
          >
            {many(cloud.count)} points
          </Typography>
          <Box sx={{ ...plate, position: 'absolute', right: 8, bottom: 8, display: 'flex', gap: 0.25, p: 0.25 }}>
            <ViewButton label="Zoom out" icon={<MinusIcon />} onClick={() => change((eye) => zoomed(eye, -2))} />
            <ViewButton label="Zoom in" icon={<PlusIcon />} onClick={() => change((eye) => zoomed(eye, 2))} />
            {inside && (
              <ViewButton label={without ? 'Go inside' : 'Go outside'} icon={<SphereIcon />} onClick={cross} />
            )}
            <ViewButton label="Show all of it" icon={<HomeIcon />} onClick={fit} />
            <ViewButton label="Full screen" icon={<FullscreenIcon />} onClick={fullscreen} />
          </Box>
        </>
      )}
      {loading.share !== null && (
        <LinearProgress
          variant={loading.share > 0 ? 'determinate' : 'indeterminate'}
          value={100 * loading.share}
          aria-label="Points loaded"
          sx={{ position: 'absolute', inset: 'auto 0 0', height: 3, bgcolor: 'transparent' }}
        />
      )}
    </Box>
  )
}
