import Button from '@mui/material/Button'
import Dialog from '@mui/material/Dialog'
import DialogActions from '@mui/material/DialogActions'
import DialogContent from '@mui/material/DialogContent'
import DialogTitle from '@mui/material/DialogTitle'
import Typography from '@mui/material/Typography'

interface Props {
  what: 'picture' | 'point cloud'
  count: number // 0 while nothing is asked
  onDelete: () => void
  onKeep: () => void
}

const FILES = { picture: 'its file', 'point cloud': 'all its files' }

/** Asks once before results go for good. */
export function ConfirmDelete({ what, count, onDelete, onKeep }: Props) {
  return (
    <Dialog
      open={count > 0}
      onClose={onKeep}
      aria-labelledby="delete"
      transitionDuration={0}
      slotProps={{ paper: { sx: { backgroundImage: 'none' } } }}
    >
      <DialogTitle id="delete" sx={{ fontSize: '0.9375rem', fontWeight: 620, pb: 0.5 }}>
        Delete {count === 1 ? `this ${what}` : `${count} ${what}s`}?
      </DialogTitle>
      <DialogContent>
        <Typography variant="body2" color="textSecondary">
          {count === 1 ? 'It is' : 'They are'} deleted with {count === 1 ? FILES[what] : 'their files'}, and nothing
          brings {count === 1 ? 'it' : 'them'} back.
        </Typography>
      </DialogContent>
      <DialogActions>
        <Button color="inherit" onClick={onKeep} autoFocus>
          Keep
        </Button>
        <Button variant="contained" color="error" onClick={onDelete}>
          Delete
        </Button>
      </DialogActions>
    </Dialog>
  )
}
