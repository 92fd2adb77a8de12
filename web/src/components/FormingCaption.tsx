import Box from '@mui/material/Box'
import Button from '@mui/material/Button'
import Typography from '@mui/material/Typography'
import { useEffect, useReducer } from 'react'
import { isActive } from '../api'
import type { Job } from '../jobs/events'
import { remove, secondsLeft } from '../jobs/store'
import { inWords } from '../jobs/timeLeft'
import { StopIcon } from './icons'

const CONNECTION = { idle: '', live: '', polling: 'asking every second or so', waiting: 'reconnecting' }

/** How far the job is, its place in the queue and the time left, and the way to stop it. */
export function FormingCaption({ job, before }: { job: Job; before: number | null }) {
  useTick(1000)
  const left = secondsLeft(job)
  const percent = Math.round(job.progress * 100)
  const waiting = job.status === 'queued'
  const stage = waiting ? queued(before) : job.stage || 'Starting'
  const engine = [job.engine, job.engine_reason].filter(Boolean).join(' · ')
  const rest = [
    waiting ? '' : `${percent}%`,
    left !== null && !waiting ? `${inWords(left)} left` : '',
    CONNECTION[job.connection],
  ]
  return (
    <>
      <Box sx={{ flex: 1, minWidth: 0 }}>
        <Box sx={{ display: 'flex', gap: 1.25 }}>
          <Typography variant="caption" className="stage" noWrap sx={{ fontWeight: 550 }} title={stage}>
            {stage}
          </Typography>
          <Typography variant="caption" className="percent number" color="textSecondary">
            {rest[0]}
          </Typography>
          <Typography variant="caption" color="textSecondary" noWrap>
            {rest.slice(1).filter(Boolean).join(' · ')}
          </Typography>
        </Box>
        <Typography variant="caption" component="div" color="textSecondary" noWrap title={engine}>
          {engine || '\u00a0'}
        </Typography>
      </Box>
      <Button
        color="inherit"
        startIcon={<StopIcon />}
        disabled={job.cancelling || !isActive(job.status)}
        onClick={() => void remove(job.id)}
      >
        {job.cancelling ? 'Cancelling' : 'Cancel'}
      </Button>
      {/* Spoken at each tenth, not at each step. */}
      <span className="visually-hidden" role="status">
        {waiting ? stage : `${Math.floor(percent / 10) * 10} percent`}
      </span>
    </>
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
