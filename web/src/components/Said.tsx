import Alert from '@mui/material/Alert'
import Box from '@mui/material/Box'
import Button from '@mui/material/Button'
import Typography from '@mui/material/Typography'
import type { ReactNode } from 'react'

/** All of a canvas. */
export const whole = { position: 'absolute', inset: 0, width: '100%', height: '100%' } as const

/** Words in the middle of an empty canvas. */
export function Words({ children }: { children: ReactNode }) {
  return (
    <Box sx={{ ...whole, display: 'grid', placeItems: 'center', p: 3 }}>
      <Typography variant="body2" color="textSecondary" sx={{ textAlign: 'center' }}>
        {children}
      </Typography>
    </Box>
  )
}

/** What did not go as it should, above the buttons of the view. */
export function Said({ words, action }: { words: string; action: ReactNode }) {
  return (
    <Alert
      severity="error"
      variant="outlined"
      icon={false}
      role="alert"
      action={action}
      sx={{ position: 'absolute', inset: 'auto 16px 52px', bgcolor: 'background.paper', py: 0.25 }}
    >
      {words}
    </Alert>
  )
}

/** What can be done about it. */
export function Action({ words, onClick }: { words: string; onClick: () => void }) {
  return (
    <Button color="inherit" onClick={onClick} sx={{ whiteSpace: 'nowrap' }}>
      {words}
    </Button>
  )
}
