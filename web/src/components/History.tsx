import Box from '@mui/material/Box'
import Button from '@mui/material/Button'
import ButtonBase from '@mui/material/ButtonBase'
import IconButton from '@mui/material/IconButton'
import Typography from '@mui/material/Typography'
import { isActive } from '../api'
import type { Job, Jobs } from '../jobs/events'
import { queuePosition } from '../jobs/events'
import { hasOlder, loadOlder, remove } from '../jobs/store'
import { CloseIcon, DeleteIcon } from './icons'
import { versioned } from './preview'
import { Section } from './Section'
import { Thumbnail } from './Thumbnail'

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
            <Entry
              key={id}
              job={job}
              before={queuePosition(jobs, id)}
              chosen={id === chosen}
              onChoose={() => onChoose(id)}
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

function Entry({
  job,
  before,
  chosen,
  onChoose,
}: {
  job: Job
  before: number | null
  chosen: boolean
  onChoose: () => void
}) {
  const active = isActive(job.status)
  const title = job.title ?? 'Panorama'
  return (
    <Box
      component="li"
      sx={{
        display: 'flex',
        alignItems: 'center',
        borderRadius: 1,
        bgcolor: chosen ? 'action.selected' : 'transparent',
        '&:hover': { bgcolor: chosen ? 'action.selected' : 'action.hover' },
      }}
    >
      <ButtonBase
        onClick={onChoose}
        aria-current={chosen || undefined}
        sx={{
          flex: 1,
          minWidth: 0,
          gap: 1.25,
          p: 0.75,
          pl: 1,
          borderRadius: 1,
          justifyContent: 'flex-start',
          textAlign: 'left',
        }}
      >
        <Thumbnail url={versioned(job)} />
        <Box sx={{ minWidth: 0, flex: 1 }}>
          <Typography variant="caption" component="div" noWrap sx={{ fontWeight: 550, color: 'text.primary' }}>
            {title}
          </Typography>
          <Typography
            variant="caption"
            component="div"
            noWrap
            color={job.status === 'error' ? 'error' : 'textSecondary'}
          >
            {caption(job, before)}
          </Typography>
        </Box>
      </ButtonBase>
      <IconButton
        aria-label={`${active ? 'Cancel' : 'Delete'} ${title}`}
        disabled={job.cancelling}
        onClick={() => void remove(job.id)}
        sx={{ color: 'text.secondary', mr: 0.5 }}
      >
        {active ? <CloseIcon sx={{ fontSize: 16 }} /> : <DeleteIcon sx={{ fontSize: 16 }} />}
      </IconButton>
    </Box>
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

function when(iso: string): string {
  const date = new Date(iso)
  const today = new Date().toDateString() === date.toDateString()
  return date.toLocaleString(undefined, today ? { timeStyle: 'short' } : { dateStyle: 'medium' })
}
