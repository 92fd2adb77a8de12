import Box from '@mui/material/Box'
import Typography from '@mui/material/Typography'
import { type KeyboardEvent, type PointerEvent, useEffect, useRef } from 'react'
import type { DiscLight } from '../light/bake'
import type { LightProbe } from '../light/probe'
import type { Mat3 } from '../light/sphere'
import { type NoScene, useScene } from './useScene'

const loadScene = () => import('../light/SphereScene').then((module) => module.SphereScene)

const NO_SPHERES: Record<NoScene, string> = {
  missing: 'This browser has no WebGL 2, so the spheres cannot be drawn. The downloads are complete.',
  failed: 'What draws the spheres could not be loaded. Load the page again.',
}

interface Props {
  probe: LightProbe | null
  rotation: Mat3
  sun: DiscLight | null
  exposure: number
  words: string
}

/** Mirror, silver and matte sphere in the panorama's light; drag to walk around them. */
export function Spheres({ probe, rotation, sun, exposure, words }: Props) {
  const canvas = useRef<HTMLCanvasElement>(null)
  const loaded = useScene(canvas, loadScene)
  const scene = typeof loaded === 'string' ? null : loaded

  useEffect(() => {
    if (scene && probe) scene.show(probe)
  }, [scene, probe])

  useEffect(() => scene?.light({ rotation, sun, exposure }), [scene, rotation, sun, exposure])

  function drag(event: PointerEvent): void {
    if (event.buttons === 1) scene?.orbit(-event.movementX * 0.006, event.movementY * 0.006)
  }

  function key(event: KeyboardEvent): void {
    const moves: Record<string, () => void> = {
      ArrowLeft: () => scene?.orbit(-0.12, 0),
      ArrowRight: () => scene?.orbit(0.12, 0),
      ArrowUp: () => scene?.orbit(0, 0.08),
      ArrowDown: () => scene?.orbit(0, -0.08),
      Home: () => scene?.home(),
    }
    const move = moves[event.key]
    if (!move) return
    event.preventDefault()
    move()
  }

  const why = typeof loaded === 'string' ? NO_SPHERES[loaded] : words
  const lit = probe !== null && typeof loaded !== 'string'
  return (
    <Box
      className="spheres"
      data-lit={lit && scene !== null}
      sx={{ position: 'relative', aspectRatio: '16 / 9', bgcolor: '#0c0c0c', borderRadius: 1, overflow: 'hidden' }}
    >
      <Box
        component="canvas"
        ref={canvas}
        role="img"
        tabIndex={lit ? 0 : -1}
        aria-label="Three spheres in the panorama's light: mirror, silver, matte. Arrow keys walk around them."
        onPointerDown={(event: PointerEvent<HTMLCanvasElement>) =>
          event.currentTarget.setPointerCapture(event.pointerId)
        }
        onPointerMove={drag}
        onDoubleClick={() => scene?.home()}
        onKeyDown={key}
        sx={{
          position: 'absolute',
          inset: 0,
          width: '100%',
          height: '100%',
          cursor: 'grab',
          touchAction: 'pan-y',
          visibility: lit ? 'visible' : 'hidden',
        }}
      />
      {!lit && (
        <Typography
          variant="caption"
          sx={{
            position: 'absolute',
            inset: 0,
            display: 'grid',
            placeItems: 'center',
            p: 2,
            color: '#a8a8a8',
            textAlign: 'center',
          }}
        >
          {why}
        </Typography>
      )}
    </Box>
  )
}
