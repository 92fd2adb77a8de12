import Box from '@mui/material/Box'
import { type KeyboardEvent, type PointerEvent, useRef } from 'react'
import { degrees, direction, radians, type Vec3 } from '../light/sphere'
import type { PanoramaViewer } from '../viewer/PanoramaViewer'

export interface Sun {
  name: string
  azimuth: number // degrees, in the panorama as it is shown
  altitude: number
  dimmed: boolean
  asked: number // rises each time somebody wants to see it
  moved: Vec3 | null // changes when the sun was moved, and only then
  move: (azimuth: number, altitude: number) => void
}

/** The sun's place over the panorama; dragged, or moved by the arrow keys. */
export function SunHandle({ viewer, sun }: { viewer: PanoramaViewer; sun: Sun }) {
  const handle = useRef<HTMLButtonElement>(null)
  const place = viewer.locate(direction(radians(sun.azimuth), radians(sun.altitude)))
  if (!place) return null

  function drag(event: PointerEvent): void {
    if (!handle.current?.hasPointerCapture(event.pointerId)) return
    const frame = handle.current.parentElement!.getBoundingClientRect()
    const found = viewer.pointAt(event.clientX - frame.left, event.clientY - frame.top)
    if (found) sun.move(degrees(found[0]), degrees(found[1]))
  }

  function key(event: KeyboardEvent): void {
    const step = event.shiftKey ? 10 : 1
    const moves: Record<string, [number, number]> = {
      ArrowLeft: [-step, 0],
      ArrowRight: [step, 0],
      ArrowUp: [0, step],
      ArrowDown: [0, -step],
    }
    const by = moves[event.key]
    if (!by) return
    event.preventDefault()
    event.stopPropagation()
    sun.move(sun.azimuth + by[0], Math.max(-90, Math.min(90, sun.altitude + by[1])))
  }

  return (
    <Box
      component="button"
      ref={handle}
      type="button"
      aria-label={`The ${sun.name}, azimuth ${sun.azimuth.toFixed(0)}°, altitude ${sun.altitude.toFixed(0)}°. Arrow keys move it.`}
      onPointerDown={(event: PointerEvent) => handle.current?.setPointerCapture(event.pointerId)}
      onPointerMove={drag}
      onKeyDown={key}
      style={{ left: place.x, top: place.y }}
      sx={{
        all: 'unset',
        position: 'absolute',
        width: 28,
        height: 28,
        m: '-14px 0 0 -14px',
        borderRadius: '50%',
        cursor: 'grab',
        touchAction: 'none',
        border: '1.5px solid #fff',
        boxShadow: '0 0 0 1px #0008, inset 0 0 0 1px #0006',
        '&::after': {
          content: '""',
          position: 'absolute',
          inset: 9,
          borderRadius: '50%',
          background: sun.dimmed ? 'transparent' : '#ffe9b8',
          border: '1.5px solid #ffe9b8',
          boxShadow: sun.dimmed ? 'none' : '0 0 14px 6px #ffe2a0aa',
        },
        '&:active': { cursor: 'grabbing' },
      }}
    />
  )
}
