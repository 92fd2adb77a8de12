import Alert from '@mui/material/Alert'
import Box from '@mui/material/Box'
import LinearProgress from '@mui/material/LinearProgress'
import Typography from '@mui/material/Typography'
import type { ReactNode, Ref } from 'react'
import { isActive, type JobStatus } from '../api'
import type { Job } from '../jobs/events'
import type { ImageView } from './api'
import { Frame } from './Frame'
import { type FrameOf, frameOfPicture, framesOfJob, type Made } from './frames'

interface Props {
  job: Job | null
  made: Made
  previewed: number // whose preview the job has
  picture: ImageView | null
  empty: boolean // nothing was ever made
  onOpen: (id: string) => void
  children?: ReactNode // laid over it
  ref?: Ref<HTMLDivElement>
}

/** The picture, or the pictures of a job as they form. */
export function Canvas({ job, made, previewed, picture, empty, onOpen, children, ref }: Props) {
  const active = job !== null && isActive(job.status)
  const frames = job ? framesOfJob(job, made, previewed) : picture ? [frameOfPicture(picture)] : []
  const [columns, rows] = gridOf(frames)
  return (
    <Box
      ref={ref}
      className="canvas"
      aria-busy={active}
      sx={{ position: 'relative', width: '100%', height: '100%', bgcolor: '#0c0c0c', color: '#e8e8e8' }}
    >
      <Box
        sx={{
          '--columns': columns,
          '--rows': rows,
          position: 'absolute',
          inset: { xs: '4px', sm: '10px' },
          containerType: 'size',
          display: 'grid',
          gridTemplateColumns: `repeat(${columns}, auto)`,
          gap: '12px',
          placeContent: 'center',
          placeItems: 'center',
        }}
      >
        {frames.map(({ key, image, ...frame }, index) => (
          <Frame
            key={key}
            {...frame}
            url={image?.imageUrl}
            alt={image?.prompt ?? `Picture ${index + 1} as it forms: ${job?.title}`}
            onOpen={image && frames.length > 1 ? () => onOpen(image.id) : undefined}
          />
        ))}
      </Box>
      {frames.length === 0 && <Words job={job} empty={empty} />}
      {job?.status === 'error' && (
        <Alert
          severity="error"
          variant="outlined"
          icon={false}
          role="alert"
          sx={{ position: 'absolute', inset: 'auto 16px 16px', bgcolor: '#0c0c0cd9', color: '#f3b0a6', py: 0.25 }}
        >
          {job.error_message}
        </Alert>
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
            bgcolor: '#ffffff1c',
            // The dark appearance's colour, for the canvas is dark in both.
            '& .MuiLinearProgress-bar': { transitionDuration: '.25s', bgcolor: '#e2a64a' },
          }}
        />
      )}
      {children}
    </Box>
  )
}

/** Columns and rows; wide pictures stand one above the other. */
function gridOf(frames: FrameOf[]): [columns: number, rows: number] {
  const [first, second, third] = frames
  if (third) return [2, Math.ceil(frames.length / 2)]
  if (first && second) return first.width / first.height > 1.25 ? [1, 2] : [2, 1]
  return [1, 1]
}

const WORDS: Partial<Record<JobStatus, string>> = { cancelled: 'Cancelled.', done: 'Its pictures have been deleted.' }

function Words({ job, empty }: { job: Job | null; empty: boolean }) {
  const words = job ? WORDS[job.status] : empty ? 'Say what the picture shows.' : ''
  return (
    <Box sx={{ position: 'absolute', inset: 0, display: 'grid', placeItems: 'center', p: 3 }}>
      <Box sx={{ display: 'grid', justifyItems: 'center', gap: 2 }}>
        {empty && <Horizon />}
        <Typography variant="body2" sx={{ color: '#a8a8a8', textAlign: 'center' }}>
          {words}
        </Typography>
      </Box>
    </Box>
  )
}

/** Where a picture will be: its golden sections, with a sun where two of them meet. */
function Horizon() {
  return (
    <Box
      component="svg"
      viewBox="0 0 162 100"
      aria-hidden
      sx={{
        width: 'min(420px, 60vw)',
        opacity: 0.26,
        fill: 'none',
        stroke: '#e8e8e8',
        '& *': { vectorEffect: 'non-scaling-stroke' },
      }}
    >
      <rect x="0.5" y="0.5" width="161" height="99" />
      <path d="M0 61.8H162M62 0.5V99.5M0 38.2H162M100 0.5V99.5" strokeOpacity=".4" />
      <circle cx="100" cy="38.2" r="9" />
    </Box>
  )
}
