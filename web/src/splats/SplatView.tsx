import Box from '@mui/material/Box'
import Typography from '@mui/material/Typography'
import { type KeyboardEvent, useCallback, useEffect, useLayoutEffect, useMemo, useRef } from 'react'
import { CameraIcon, FullscreenIcon, HomeIcon, MinusIcon, PlusIcon } from '../components/icons'
import { many } from '../components/numbers'
import { type NoScene, useScene } from '../components/useScene'
import { plate, ViewButton } from '../components/ViewButton'
import { type Eye, whole, zoomed } from '../viewer/eye'
import { follow, moveOf } from '../viewer/gestures'
import { download } from './download'
import { stemOf } from './formats'
import type { Look, SplatScene } from './SplatScene'
import { extentOf, followed, type Placing } from './placing'
import type { Opened } from './useSplats'

const loadScene = () => import('./SplatScene').then((module) => module.SplatScene)

interface Props {
  opened: Opened | null
  look: Look
  placing: Placing
  onScene: (scene: SplatScene | NoScene) => void
  onPace: (perSecond: number) => void
  eye: { current: Eye | null } // from where it is looked at
}

/** The scene, to be walked around. */
export function SplatView({ opened, look, placing, onScene, onPace, eye }: Props) {
  const frame = useRef<HTMLDivElement>(null)
  const canvas = useRef<HTMLCanvasElement>(null)
  const own = useRef(false) // the visitor has chosen where to look from
  const placed = useRef(placing)

  const loaded = useScene(canvas, loadScene)
  const scene = typeof loaded === 'string' ? null : loaded
  useEffect(() => {
    if (loaded) onScene(loaded)
    if (scene) scene.onPace = onPace
  }, [loaded, scene, onScene, onPace])

  const splats = opened?.splats ?? null
  const extent = useMemo(() => splats && extentOf(splats.sample, placing), [splats, placing])

  const fit = useCallback(() => {
    if (!scene || !extent) return
    own.current = false
    eye.current = whole(extent, scene.aspect)
    scene.move(eye.current)
  }, [scene, extent, eye])

  useLayoutEffect(() => {
    if (!scene || !splats) return
    own.current = false
    eye.current = null
    scene.show(splats)
  }, [scene, splats, eye])

  // What was in the middle stays there, however the scene is turned.
  useLayoutEffect(() => {
    if (!scene || !extent) return
    scene.turn(placing.rotation, placing.scale)
    if (own.current && eye.current) {
      eye.current = followed(eye.current, placed.current, placing)
      scene.move(eye.current)
    } else {
      fit()
    }
    placed.current = placing
  }, [scene, extent, placing, fit, eye])

  useLayoutEffect(() => scene?.look(look), [scene, look])

  // As long as nobody has looked around, all of it is seen whatever shape the canvas takes.
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
    [scene, eye],
  )
  useEffect(() => follow(canvas.current!, change), [change])

  const fullscreen = useCallback(() => {
    if (document.fullscreenElement) void document.exitFullscreen()
    else void frame.current?.requestFullscreen?.()
  }, [])

  const name = opened?.file.name ?? ''
  const picture = useCallback(async () => {
    const content = await scene?.picture()
    if (content) download(content, `${stemOf(name)}.png`)
  }, [scene, name])

  function key(event: KeyboardEvent): void {
    if (event.altKey || event.ctrlKey || event.metaKey) return
    const actions: Record<string, () => void> = { Home: fit, f: fullscreen }
    const [action, move] = [actions[event.key], moveOf(event.key)]
    if (!action && !move) return
    event.preventDefault()
    if (action) action()
    else change(move!)
  }

  const shown = splats !== null && scene !== null
  return (
    <Box
      ref={frame}
      className="splats"
      data-shown={shown}
      sx={{ position: 'absolute', inset: 0, overflow: 'hidden' }}
      style={{ background: look.background }}
    >
      <Box
        component="canvas"
        ref={canvas}
        role="application"
        aria-label={`Gaussians of ${name}. Arrow keys go around, plus and minus zoom, Home shows all of it, F fills the screen.`}
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
            {many(splats.count)} Gaussians
          </Typography>
          <Box sx={{ ...plate, position: 'absolute', right: 8, bottom: 8, display: 'flex', gap: 0.25, p: 0.25 }}>
            <ViewButton label="Zoom out" icon={<MinusIcon />} onClick={() => change((eye) => zoomed(eye, -2))} />
            <ViewButton label="Zoom in" icon={<PlusIcon />} onClick={() => change((eye) => zoomed(eye, 2))} />
            <ViewButton label="Show all of it" icon={<HomeIcon />} onClick={fit} />
            <ViewButton label="Screenshot" icon={<CameraIcon />} onClick={() => void picture()} />
            <ViewButton label="Full screen" icon={<FullscreenIcon />} onClick={fullscreen} />
          </Box>
        </>
      )}
    </Box>
  )
}
