import Alert from '@mui/material/Alert'
import Box from '@mui/material/Box'
import Button from '@mui/material/Button'
import IconButton from '@mui/material/IconButton'
import Tooltip from '@mui/material/Tooltip'
import Typography from '@mui/material/Typography'
import { type KeyboardEvent, useCallback, useEffect, useRef, useState } from 'react'
import { direction, type Mat3, radians, type Vec3 } from '../light/sphere'
import type { ChangedLight } from '../viewer/LightOverlay'
import type { PanoramaViewer } from '../viewer/PanoramaViewer'
import { FullscreenIcon, HomeIcon, MinusIcon, PlusIcon } from './icons'
import { type Sun, SunHandle } from './SunHandle'

interface Props {
  id: string | undefined // of what is shown, for a new one is looked at anew
  ahead: Vec3
  title: string
  url: string | undefined
  empty: string
  rotation: Mat3
  exposure: number
  sun: Sun | null
  changedLight: ChangedLight | null
}

type State = 'loading' | 'viewer' | 'picture'

/** Looks around inside the panorama; a flat picture where the viewer cannot load. */
export function PanoramaView({ id, ahead, title, url, empty, rotation, exposure, sun, changedLight }: Props) {
  const frame = useRef<HTMLDivElement>(null)
  const container = useRef<HTMLDivElement>(null)
  const viewer = useRef<PanoramaViewer | null>(null)
  const [state, setState] = useState<State>('loading')
  const [, setMoves] = useState(0)

  useEffect(() => {
    let gone = false
    import('../viewer/PanoramaViewer')
      .then((module) => {
        if (gone || !container.current) return
        viewer.current = new module.PanoramaViewer(container.current, () => setMoves((moves) => moves + 1))
        setState('viewer')
      })
      .catch(() => {
        // No library or no WebGL: the flat picture says as much, only less well.
        if (!gone) setState('picture')
      })
    return () => {
      gone = true
      viewer.current?.dispose()
      viewer.current = null
    }
  }, [])

  useEffect(() => {
    if (state === 'viewer') viewer.current?.begin()
  }, [state, id])

  useEffect(() => {
    if (state === 'viewer') viewer.current?.setAhead(ahead)
  }, [state, id, ahead])

  useEffect(() => {
    if (state === 'viewer' && url) viewer.current?.show(url)
  }, [state, url])

  useEffect(() => {
    if (state === 'viewer') viewer.current?.turn(rotation)
  }, [state, rotation])

  useEffect(() => {
    if (state === 'viewer') viewer.current?.showLight(changedLight)
  }, [state, changedLight])

  // A sun that is moved by number should not leave the picture.
  const moved = sun?.moved
  const asked = sun?.asked ?? 0
  useEffect(() => {
    const view = viewer.current
    if ((!moved && asked === 0) || !sun || !view) return
    const to: [number, number] = [radians(sun.azimuth), radians(sun.altitude)]
    if (asked > 0 || !view.locate(direction(...to))) view.lookTo(...to)
    // Only the move itself turns the eye, not what the sun's place on the screen depends on besides.
  }, [moved, asked])

  const fullscreen = useCallback(() => {
    if (document.fullscreenElement) void document.exitFullscreen()
    else void frame.current?.requestFullscreen?.()
  }, [])

  function key(event: KeyboardEvent): void {
    const view = viewer.current
    if (!view || event.altKey || event.ctrlKey || event.metaKey) return
    const actions: Record<string, () => void> = {
      ArrowLeft: () => view.look(-1, 0),
      ArrowRight: () => view.look(1, 0),
      ArrowUp: () => view.look(0, 1),
      ArrowDown: () => view.look(0, -1),
      '+': () => view.zoom(1),
      '=': () => view.zoom(1),
      '-': () => view.zoom(-1),
      Home: () => view.home(),
      f: fullscreen,
    }
    const action = actions[event.key]
    if (!action) return
    event.preventDefault()
    action()
  }

  const brightness = exposure === 0 ? undefined : `brightness(${2 ** (exposure / 2.2)})`
  return (
    <Box
      ref={frame}
      className="panorama"
      data-state={state}
      sx={{
        position: 'relative',
        width: '100%',
        height: '100%',
        overflow: 'hidden',
        bgcolor: '#0c0c0c',
        color: '#e8e8e8',
      }}
    >
      <Box
        ref={container}
        role="application"
        aria-label={`360° preview of ${title}. Arrow keys look around, plus and minus zoom, Home looks ahead, F fills the screen.`}
        tabIndex={state === 'viewer' && url ? 0 : -1}
        onKeyDown={key}
        sx={{
          position: 'absolute',
          inset: 0,
          visibility: state === 'viewer' && url ? 'visible' : 'hidden',
          filter: brightness,
          '&:focus-visible': { outlineOffset: '-3px !important' },
          '& .psv-container': { background: 'none' },
          '& .psv-overlay, & .psv-loader-container': { display: 'none' },
        }}
      />
      {state === 'picture' && url && (
        <Box
          component="img"
          className="fallback"
          src={url}
          alt={`Preview of ${title}, the whole panorama laid flat`}
          sx={{
            position: 'absolute',
            inset: 0,
            width: '100%',
            height: '100%',
            objectFit: 'contain',
            filter: brightness,
          }}
        />
      )}
      {!url && <Graticule words={empty} />}
      {state === 'viewer' && url && sun && viewer.current && <SunHandle viewer={viewer.current} sun={sun} />}
      {state === 'viewer' && url && viewer.current?.failed && (
        <Alert
          severity="warning"
          sx={{ position: 'absolute', left: 8, top: 8, right: 8 }}
          action={
            <Button color="inherit" size="small" onClick={() => viewer.current?.again()}>
              Try again
            </Button>
          }
        >
          The preview could not be loaded.
        </Alert>
      )}
      {state === 'viewer' && url && (
        <Box
          sx={{
            position: 'absolute',
            right: 8,
            bottom: 8,
            display: 'flex',
            gap: 0.25,
            bgcolor: '#0009',
            borderRadius: 1,
            p: 0.25,
          }}
        >
          <ViewButton label="Zoom out" icon={<MinusIcon />} onClick={() => viewer.current?.zoom(-1)} />
          <ViewButton label="Zoom in" icon={<PlusIcon />} onClick={() => viewer.current?.zoom(1)} />
          <ViewButton label="Look ahead" icon={<HomeIcon />} onClick={() => viewer.current?.home()} />
          <ViewButton label="Full screen" icon={<FullscreenIcon />} onClick={fullscreen} />
        </Box>
      )}
    </Box>
  )
}

function ViewButton({ label, icon, onClick }: { label: string; icon: React.ReactNode; onClick: () => void }) {
  return (
    <Tooltip title={label}>
      <IconButton aria-label={label} onClick={onClick} sx={{ color: '#e8e8e8', p: 0.6 }}>
        {icon}
      </IconButton>
    </Tooltip>
  )
}

/** Where a panorama will be: meridians and parallels of the sphere, and a sentence. */
function Graticule({ words }: { words: string }) {
  const meridians = [0.2, 0.42, 0.66, 0.88].map((squash) => (
    <ellipse key={squash} cx="50" cy="50" rx={40 * squash} ry="40" />
  ))
  const parallels = [-60, -30, 0, 30, 60].map((latitude) => {
    const t = (latitude * Math.PI) / 180
    return (
      <ellipse
        key={latitude}
        cx="50"
        cy={50 - 40 * Math.sin(t) * 0.97}
        rx={40 * Math.cos(t)}
        ry={40 * Math.cos(t) * 0.24}
      />
    )
  })
  return (
    <Box
      sx={{ position: 'absolute', inset: 0, display: 'grid', placeItems: 'center', gridTemplateRows: '1fr auto', p: 3 }}
    >
      <Box
        component="svg"
        viewBox="0 0 100 100"
        aria-hidden
        sx={{
          height: '100%',
          minHeight: 0,
          maxHeight: 420,
          opacity: 0.26,
          fill: 'none',
          stroke: '#e8e8e8',
          strokeWidth: 0.22,
        }}
      >
        <circle cx="50" cy="50" r="40" />
        {meridians}
        {parallels}
      </Box>
      <Typography variant="body2" sx={{ color: '#a8a8a8', textAlign: 'center', maxWidth: 420 }}>
        {words}
      </Typography>
    </Box>
  )
}
