import Alert from '@mui/material/Alert'
import Box from '@mui/material/Box'
import Button from '@mui/material/Button'
import LinearProgress from '@mui/material/LinearProgress'
import Typography from '@mui/material/Typography'
import { useEffect, useReducer } from 'react'
import { isActive } from '../api'
import type { Job } from '../jobs/events'
import { remove, secondsLeft } from '../jobs/store'
import { inWords } from '../jobs/timeLeft'
import { Downloads } from './Downloads'
import { StopIcon } from './icons'
import { Log } from './Log'
import { Section } from './Section'

const CONNECTION = { idle: '', live: 'live', polling: 'asking every second or so', waiting: 'reconnecting' }

/** The chosen job: how far it is, what it says, what can be taken away. */
export function JobPanel({ job, before }: { job: Job; before: number | null }) {
  return (
    <Section title={job.title ?? 'Panorama'} className="job" aside={<Cancel job={job} />}>
      {isActive(job.status) && <Progress job={job} before={before} />}
      {job.status === 'error' && (
        <Alert
          severity="error"
          variant="outlined"
          icon={false}
          role="alert"
          sx={{ py: 0.25, fontSize: '0.8125rem', mb: 1 }}
        >
          {job.error_message}
        </Alert>
      )}
      {job.status === 'cancelled' && (
        <Typography variant="body2" color="textSecondary" sx={{ mb: 1 }}>
          Cancelled.
        </Typography>
      )}
      {job.status === 'done' && <Downloads job={job} />}
      <Log lines={job.log} />
    </Section>
  )
}

function Cancel({ job }: { job: Job }) {
  if (!isActive(job.status)) return null
  return (
    <Button
      color="inherit"
      startIcon={<StopIcon />}
      disabled={job.cancelling}
      onClick={() => void remove(job.id)}
      sx={{ py: 0.25 }}
    >
      {job.cancelling ? 'Cancelling' : 'Cancel'}
    </Button>
  )
}

function Progress({ job, before }: { job: Job; before: number | null }) {
  useTick(1000)
  const left = secondsLeft(job)
  const percent = Math.round(job.progress * 100)
  const waiting = job.status === 'queued'
  const stage = waiting ? queued(before) : job.stage || 'Starting'
  return (
    <Box sx={{ mb: 1 }}>
      <LinearProgress
        variant="determinate"
        value={percent}
        aria-label="Progress"
        sx={{
          height: 4,
          borderRadius: 2,
          bgcolor: 'divider',
          '& .MuiLinearProgress-bar': { transitionDuration: '.25s' },
        }}
      />
      <Box sx={{ display: 'flex', gap: 1, mt: 0.75, minHeight: 20 }}>
        <Typography variant="caption" className="stage" sx={{ flex: 1, minWidth: 0 }} noWrap title={stage}>
          {stage}
        </Typography>
        <Typography variant="caption" color="textSecondary" className="percent number">
          {waiting ? '' : `${percent}%`}
        </Typography>
      </Box>
      <Box sx={{ display: 'flex', minHeight: 18 }}>
        <Typography variant="caption" color="textSecondary" sx={{ flex: 1 }}>
          {left !== null && !waiting ? `${inWords(left)} left` : ''}
        </Typography>
        <Typography variant="caption" color="textSecondary" className="connection">
          {CONNECTION[job.connection]}
        </Typography>
      </Box>
      {/* Spoken at each tenth, not at each step. */}
      <span className="visually-hidden" role="status">
        {waiting ? stage : `${Math.floor(percent / 10) * 10} percent`}
      </span>
    </Box>
  )
}

function queued(before: number | null): string {
  if (!before) return 'Waiting for a worker'
  return before === 1 ? 'Waiting, one job before it' : `Waiting, ${before} jobs before it`
}

function useTick(every: number): void {
  const [, tick] = useReducer((count: number) => count + 1, 0)
  useEffect(() => {
    const timer = setInterval(tick, every)
    return () => clearInterval(timer)
  }, [every])
}
