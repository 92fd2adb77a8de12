import Box from '@mui/material/Box'
import Button from '@mui/material/Button'
import Typography from '@mui/material/Typography'

/** Why a part of a column did not come, and the way to ask for it again. */
export function Again({ words, onAgain }: { words: string; onAgain: () => void }) {
  return (
    <Box role="alert" sx={{ display: 'flex', alignItems: 'center', gap: 1 }}>
      <Typography variant="caption" color="error" sx={{ flex: 1 }}>
        {words}
      </Typography>
      <Button color="inherit" onClick={onAgain} sx={{ flexShrink: 0 }}>
        Try again
      </Button>
    </Box>
  )
}
