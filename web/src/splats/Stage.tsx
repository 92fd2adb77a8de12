import Box from '@mui/material/Box'
import Typography from '@mui/material/Typography'
import { Action, Said, whole, Words } from '../components/Said'
import type { NoScene } from '../components/useScene'

interface Props {
  empty: boolean // nothing was opened
  flat: NoScene | null // why nothing is drawn
  problem: string | null
  onClose: () => void
}

const NO_SPLATS: Record<NoScene, string> = {
  missing: 'This browser has no WebGL 2, so a scene cannot be drawn. It can still be turned, scaled and saved.',
  failed: 'What draws a scene could not be loaded. Load the page again; it can still be turned, scaled and saved.',
}

/** What stands where the scene will be: an invitation, or why it is not drawn. */
export function Stage({ empty, flat, problem, onClose }: Props) {
  return (
    <>
      {flat ? <Words>{NO_SPLATS[flat]}</Words> : empty && <Invitation />}
      {problem && <Said words={problem} action={<Action words="Close" onClick={onClose} />} />}
    </>
  )
}

/** Ellipses that become a sphere, and what to do. */
function Invitation() {
  return (
    <Box
      className="invitation"
      sx={{ ...whole, display: 'grid', placeContent: 'center', justifyItems: 'center', gap: 2.5, p: 3 }}
    >
      <Box
        component="svg"
        viewBox="0 0 200 110"
        aria-hidden
        sx={{ width: 'min(460px, 64vw)', color: 'text.primary', opacity: 0.4, fill: 'currentColor' }}
      >
        {ELLIPSES.map(([x, y, rx, ry, angle, opacity]) => (
          <ellipse
            key={`${x} ${y}`}
            cx={x}
            cy={y}
            rx={rx}
            ry={ry}
            transform={`rotate(${angle} ${x} ${y})`}
            opacity={opacity}
          />
        ))}
      </Box>
      <Box sx={{ display: 'grid', gap: 0.5, textAlign: 'center', maxWidth: 440 }}>
        <Typography variant="body1" sx={{ fontWeight: 550 }}>
          Look at a scene of 3D Gaussians
        </Typography>
        <Typography variant="body2" color="textSecondary">
          Drop a file on this page: .ply, .splat, .spz, .ksplat or .sog. Walk around it, turn it upright, and save it in
          another format.
        </Typography>
      </Box>
    </Box>
  )
}

// On a sphere, each as flat as its place on it is seen.
const ELLIPSES = Array.from({ length: 9 }, (_, row) => {
  const latitude = ((row - 4) / 4.6) * (Math.PI / 2)
  const around = Math.max(3, Math.round(13 * Math.cos(latitude)))
  return Array.from({ length: around }, (_, column): [number, number, number, number, number, number] => {
    const longitude = ((column + 0.5) / around - 0.5) * Math.PI
    const [x, y, z] = [
      Math.cos(latitude) * Math.sin(longitude),
      -Math.sin(latitude),
      Math.cos(latitude) * Math.cos(longitude),
    ]
    const angle = (Math.atan2(y, x) * 180) / Math.PI
    return [100 + 48 * x, 55 + 48 * y, 1 + 4.2 * z, 5.2, angle, 0.25 + 0.5 * z].map(
      (value) => Math.round(100 * value) / 100,
    ) as [number, number, number, number, number, number]
  })
}).flat()
