import Box from '@mui/material/Box'
import Button from '@mui/material/Button'
import { isActive } from '../api'
import type { Job, Jobs } from '../jobs/events'
import { queuePosition } from '../jobs/events'
import { hasOlder, loadOlder, remove } from '../jobs/store'
import { HistoryEntry } from './HistoryEntry'
import { versioned } from './preview'
import { Section } from './Section'
import { when } from './when'

interface Props {
  jobs: Jobs
  chosen: string | null
  onChoose: (id: string) => void
}

/** Every job, newest first. */
export function History({ jobs, chosen, onChoose }: Props) {
  if (jobs.order.length === 0) return null
  return (
    <Section title="History" className="history">
      <Box component="ul" sx={{ listStyle: 'none', p: 0, m: 0, mx: -1 }}>
        {jobs.order.map((id) => {
          const job = jobs.byId[id]!
          return (
            <HistoryEntry
              key={id}
              title={job.title ?? 'Panorama'}
              words={caption(job, queuePosition(jobs, id))}
              bad={job.status === 'error'}
              url={versioned(job)}
              chosen={id === chosen}
              onChoose={() => onChoose(id)}
              action={isActive(job.status) ? 'Cancel' : 'Delete'}
              disabled={job.cancelling}
              onAction={() => void remove(id)}
            />
          )
        })}
      </Box>
      {hasOlder('hdri') && (
        <Button
          color="inherit"
          fullWidth
          onClick={() => void loadOlder('hdri')}
          sx={{ mt: 0.5, color: 'text.secondary' }}
        >
          Older
        </Button>
      )}
    </Section>
  )
}

function caption(job: Job, before: number | null): string {
  switch (job.status) {
    case 'queued':
      return before ? `waiting, ${before} before it` : 'waiting'
    case 'processing':
      return job.cancelling ? 'cancelling' : `${Math.round(job.progress * 100)}% · ${job.stage}`
    case 'done':
      return [when(job.finished_at ?? job.created_at), job.engine].filter(Boolean).join(' · ')
    case 'error':
      return job.error_message ?? 'failed'
    case 'cancelled':
      return 'cancelled'
  }
}
