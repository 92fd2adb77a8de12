import Box from '@mui/material/Box'
import LinearProgress from '@mui/material/LinearProgress'
import Typography from '@mui/material/Typography'
import { isActive } from '../api'
import { Action, Said, whole, Words } from '../components/Said'
import { versioned } from '../components/preview'
import type { NoScene } from '../components/useScene'
import type { Job } from '../jobs/events'
import { assetUrl } from './api'

interface Props {
  job: Job | null
  empty: boolean // nothing was ever made
  flat: { id: string; why: NoScene } | null // the cloud that cannot be drawn here
  shown: boolean // points are drawn
  problem: string | null // why not, or not all
  onAgain: () => void
  said: string | null // what else did not go as it should
  onClose: () => void
}

/** What stands where the points will be: an invitation, the picture that they are made from, or why there are none. */
export function Stage({ job, empty, flat, shown, problem, onAgain, said, onClose }: Props) {
  const active = job !== null && isActive(job.status)
  const picture = job && job.status !== 'done' ? versioned(job) : undefined
  const failed = job?.status === 'error' ? job.error_message : problem
  const action = failed !== null && failed === problem ? <Action words="Try again" onClick={onAgain} /> : undefined
  return (
    <>
      {picture && (
        <Box
          component="img"
          className="forming"
          src={picture}
          alt={`The picture that becomes a point cloud: ${job!.title}`}
          sx={{ ...whole, objectFit: 'contain', p: 1.5, pb: 2.5, opacity: active ? 1 : 0.4 }}
        />
      )}
      {!picture && active && <Words>{job.status === 'queued' ? 'It waits for its turn.' : 'It has begun.'}</Words>}
      {empty && !job && <Invitation />}
      {flat && <Flat {...flat} />}
      {job?.status === 'cancelled' && <Words>Cancelled.</Words>}
      {failed && !picture && !flat && !shown && <Words>There are no points to show.</Words>}
      {said ? (
        <Said words={said} action={<Action words="Close" onClick={onClose} />} />
      ) : (
        failed && <Said words={failed} action={action} />
      )}
      {active && (
        <LinearProgress
          variant={job.status === 'queued' ? 'indeterminate' : 'determinate'}
          value={Math.round(job.progress * 100)}
          aria-label="Progress"
          sx={{
            position: 'absolute',
            inset: 'auto 0 0',
            height: 3,
            bgcolor: 'divider',
            '& .MuiLinearProgress-bar': { transitionDuration: '.25s' },
          }}
        />
      )}
    </>
  )
}

const NO_POINTS: Record<NoScene, string> = {
  missing: 'This browser has no WebGL 2, so the points cannot be drawn. The downloads are complete.',
  failed: 'What draws the points could not be loaded. Load the page again; the downloads are complete.',
}

/** Where no points are drawn: what they are made of. */
function Flat({ id, why }: { id: string; why: NoScene }) {
  const pictures: [asset: 'depth.png' | 'segments.png', words: string][] = [
    ['depth.png', 'Depth, near is bright'],
    ['segments.png', 'Segments, by category'],
  ]
  return (
    <Box
      className="flat"
      sx={{
        ...whole,
        display: 'grid',
        gridTemplateRows: 'auto minmax(0, 1fr) minmax(0, 1fr)',
        gap: 1.5,
        p: 2,
        justifyItems: 'center',
      }}
    >
      <Typography variant="body2" color="textSecondary" sx={{ textAlign: 'center' }}>
        {NO_POINTS[why]}
      </Typography>
      {pictures.map(([asset, words]) => (
        <Box
          key={asset}
          component="figure"
          sx={{ m: 0, minHeight: 0, display: 'grid', gridTemplateRows: 'minmax(0, 1fr) auto', justifyItems: 'center' }}
        >
          <Box
            component="img"
            src={assetUrl(id, asset)}
            alt={words}
            sx={{ maxWidth: '100%', maxHeight: '100%', minHeight: 0, objectFit: 'contain', borderRadius: 0.5 }}
          />
          <Typography component="figcaption" variant="caption" color="textSecondary">
            {words}
          </Typography>
        </Box>
      ))}
    </Box>
  )
}

/** A picture's grid as it steps into depth, and what to do. */
function Invitation() {
  return (
    <Box
      sx={{ ...whole, display: 'grid', placeContent: 'center', justifyItems: 'center', gap: 2.5, p: 3 }}
      className="invitation"
    >
      <Box
        component="svg"
        viewBox="0 0 200 110"
        aria-hidden
        sx={{ width: 'min(460px, 64vw)', color: 'text.primary', opacity: 0.4, fill: 'currentColor' }}
      >
        {DOTS.map(([x, y, r]) => (
          <circle key={`${x} ${y}`} cx={x} cy={y} r={r} />
        ))}
      </Box>
      <Box sx={{ display: 'grid', gap: 0.5, textAlign: 'center', maxWidth: 440 }}>
        <Typography variant="body1" sx={{ fontWeight: 550 }}>
          A sentence or a picture becomes points in space
        </Typography>
        <Typography variant="body2" color="textSecondary">
          Say what there is to see, or drop a picture on this page, and press Make. Each point knows what it belongs to,
          so that a sound can move the sky, the ground and the trees each by itself.
        </Typography>
      </Box>
    </Box>
  )
}

// Hills of dots: the nearer, the larger and the lower.
const DOTS = Array.from({ length: 7 }, (_, row) =>
  Array.from({ length: 25 }, (_, column): [number, number, number] => {
    const depth = row / 6
    const across = (column - 12) / 12
    const hill = Math.sin(across * 3 + row * 0.9) * 7 * (1 - 0.45 * depth) + Math.cos(across * 7 - row) * 2.5
    const spread = 56 + 38 * depth
    return [round(100 + across * spread), round(30 + 66 * depth ** 1.4 - hill), round(0.5 + 1.15 * depth)]
  }),
).flat()

function round(value: number): number {
  return Math.round(value * 100) / 100
}
