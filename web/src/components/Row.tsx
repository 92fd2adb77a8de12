import Box from '@mui/material/Box'
import Typography from '@mui/material/Typography'
import type { ReactNode } from 'react'

/** A setting beside its name. */
export function Row({ label, htmlFor, children }: { label: string; htmlFor?: string; children: ReactNode }) {
  return (
    <Box
      sx={{ display: 'grid', gridTemplateColumns: '98px minmax(0, 1fr)', columnGap: 1.25, alignItems: 'center', mt: 1 }}
    >
      <Typography
        variant="caption"
        color="textSecondary"
        component={htmlFor ? 'label' : 'span'}
        {...(htmlFor && { htmlFor })}
      >
        {label}
      </Typography>
      {children}
    </Box>
  )
}
