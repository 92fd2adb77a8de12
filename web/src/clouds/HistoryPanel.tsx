import Box from '@mui/material/Box'
import Button from '@mui/material/Button'
import { isActive } from '../api'
import { Again } from '../components/Again'
import { HistoryEntry } from '../components/HistoryEntry'
import { versioned } from '../components/preview'
import { Section } from '../components/Section'
import { when } from '../components/when'
import { type Job, type Jobs, queuePosition } from '../jobs/events'
import { assetUrl, type Generation } from './api'
import { many } from '../components/numbers'
import type { Kept } from './useGenerations'

interface Props {
  jobs: Jobs
  kept: Kept
  chosen: string | null
  onChoose: (id: string) => void
  onDelete: (id: string) => void
  onRemove: (id: string) => void // of a job that has made nothing
}

/** What is in the making or went wrong, then every cloud that is kept, newest first. */
export function HistoryPanel({ jobs, kept, chosen, onChoose, onDelete, onRemove }: Props) {
  const unfinished = jobs.order
    .map((id) => jobs.byId[id]!)
    .filter((job) => isActive(job.status) || job.status === 'error')
  if (unfinished.length === 0 && kept.list.length === 0 && !kept.problem) return null
  return (
    <Section title="History" className="history">
      <Box component="ul" aria-label="Point clouds" sx={{ listStyle: 'none', p: 0, m: 0, mx: -1 }}>
        {unfinished.map((job) => (
          <HistoryEntry
            key={job.id}
            title={job.title || 'Point cloud'}
            words={wordsOf(job, queuePosition(jobs, job.id))}
            bad={job.status === 'error'}
            url={versioned(job)}
            chosen={job.id === chosen}
            onChoose={() => onChoose(job.id)}
            action={isActive(job.status) ? 'Cancel' : 'Dismiss'}
            disabled={job.cancelling}
            onAction={() => onRemove(job.id)}
          />
        ))}
        {kept.list.map((one) => (
          <HistoryEntry
            key={one.id}
            title={one.title}
            words={factsOf(one)}
            url={assetUrl(one.id, 'image.png')}
            chosen={one.id === chosen}
            onChoose={() => onChoose(one.id)}
            action="Delete"
            onAction={() => onDelete(one.id)}
          />
        ))}
      </Box>
      {kept.problem && <Again words={kept.problem} onAgain={kept.again} />}
      {kept.next !== null && (
        <Button color="inherit" fullWidth onClick={kept.older} sx={{ mt: 0.5, color: 'text.secondary' }}>
          Older
        </Button>
      )}
    </Section>
  )
}

function factsOf({ created_at, mode, point_count }: Generation): string {
  return [when(created_at), mode === 'panorama' ? 'panorama' : '', `${many(point_count)} points`]
    .filter(Boolean)
    .join(' · ')
}

function wordsOf(job: Job, before: number | null): string {
  if (job.status === 'error') return job.error_message ?? 'failed'
  if (job.status === 'queued') return before ? `waiting, ${before} before it` : 'waiting'
  return job.cancelling ? 'cancelling' : `${Math.round(job.progress * 100)}% · ${job.stage}`
}
