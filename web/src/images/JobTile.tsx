import Box from '@mui/material/Box'
import ButtonBase from '@mui/material/ButtonBase'
import IconButton from '@mui/material/IconButton'
import Typography from '@mui/material/Typography'
import { isActive } from '../api'
import { CloseIcon } from '../components/icons'
import { versioned } from '../components/preview'
import type { Job } from '../jobs/events'
import { remove } from '../jobs/store'

/** A job that runs, waits or failed, in a line of its own. */
export function JobTile({ job, chosen, onShow }: { job: Job; chosen: boolean; onShow: () => void }) {
  const title = job.title ?? 'Picture'
  const url = versioned(job)
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
        onClick={onShow}
        aria-current={chosen || undefined}
        sx={{ flex: 1, minWidth: 0, gap: 1, p: 0.5, borderRadius: 1, justifyContent: 'flex-start', textAlign: 'left' }}
      >
        <Box
          sx={{
            width: 36,
            height: 36,
            flexShrink: 0,
            borderRadius: 0.5,
            bgcolor: 'background.default',
            border: 1,
            borderColor: 'divider',
            ...(url && { background: `center / cover url("${url}")` }),
          }}
        />
        <Box sx={{ minWidth: 0 }}>
          <Typography variant="caption" component="div" noWrap sx={{ fontWeight: 550 }}>
            {title}
          </Typography>
          <Typography
            variant="caption"
            component="div"
            noWrap
            color={job.status === 'error' ? 'error' : 'textSecondary'}
          >
            {caption(job)}
          </Typography>
        </Box>
      </ButtonBase>
      <IconButton
        aria-label={`${isActive(job.status) ? 'Cancel' : 'Dismiss'} ${title}`}
        disabled={job.cancelling}
        onClick={() => void remove(job.id)}
        sx={{ color: 'text.secondary' }}
      >
        <CloseIcon sx={{ fontSize: 16 }} />
      </IconButton>
    </Box>
  )
}

function caption(job: Job): string {
  if (job.status === 'error') return job.error_message ?? 'failed'
  if (job.status === 'queued') return 'waiting'
  return job.cancelling ? 'cancelling' : `${Math.round(job.progress * 100)}%`
}
