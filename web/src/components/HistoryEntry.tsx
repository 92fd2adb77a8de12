import Box from '@mui/material/Box'
import ButtonBase from '@mui/material/ButtonBase'
import IconButton from '@mui/material/IconButton'
import Typography from '@mui/material/Typography'
import { CloseIcon, DeleteIcon } from './icons'
import { Thumbnail } from './Thumbnail'

interface Props {
  title: string
  words: string
  bad?: boolean
  url: string | undefined
  chosen: boolean
  onChoose: () => void
  action: 'Cancel' | 'Dismiss' | 'Delete'
  disabled?: boolean
  onAction: () => void
}

/** One line of a history: a thumbnail with words, and a way to be rid of it. */
export function HistoryEntry({
  title,
  words,
  bad = false,
  url,
  chosen,
  onChoose,
  action,
  disabled = false,
  onAction,
}: Props) {
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
        <Thumbnail url={url} />
        <Box sx={{ minWidth: 0, flex: 1 }}>
          <Typography variant="caption" component="div" noWrap sx={{ fontWeight: 550, color: 'text.primary' }}>
            {title}
          </Typography>
          <Typography variant="caption" component="div" noWrap color={bad ? 'error' : 'textSecondary'}>
            {words}
          </Typography>
        </Box>
      </ButtonBase>
      <IconButton
        aria-label={`${action} ${title}`}
        disabled={disabled}
        onClick={onAction}
        sx={{ color: 'text.secondary', mr: 0.5 }}
      >
        {action === 'Delete' ? <DeleteIcon sx={{ fontSize: 16 }} /> : <CloseIcon sx={{ fontSize: 16 }} />}
      </IconButton>
    </Box>
  )
}
