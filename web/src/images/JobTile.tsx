import { isActive } from '../api'
import { HistoryEntry } from '../components/HistoryEntry'
import { versioned } from '../components/preview'
import type { Job } from '../jobs/events'
import { remove } from '../jobs/store'

/** A job that runs, waits or failed, in a line of its own. */
export function JobTile({ job, chosen, onShow }: { job: Job; chosen: boolean; onShow: () => void }) {
  return (
    <HistoryEntry
      title={job.title ?? 'Picture'}
      words={caption(job)}
      bad={job.status === 'error'}
      url={versioned(job)}
      chosen={chosen}
      onChoose={onShow}
      action={isActive(job.status) ? 'Cancel' : 'Dismiss'}
      disabled={job.cancelling}
      onAction={() => void remove(job.id)}
    />
  )
}

function caption(job: Job): string {
  if (job.status === 'error') return job.error_message ?? 'failed'
  if (job.status === 'queued') return 'waiting'
  return job.cancelling ? 'cancelling' : `${Math.round(job.progress * 100)}%`
}
