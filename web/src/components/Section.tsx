import Box from '@mui/material/Box'
import Typography from '@mui/material/Typography'
import { type ReactNode, useId } from 'react'

interface Props {
  title: string
  aside?: ReactNode
  children: ReactNode
  className?: string
}

/** A titled part of a column. */
export function Section({ title, aside, children, className }: Props) {
  const id = useId()
  return (
    <Box
      component="section"
      aria-labelledby={id}
      className={className}
      sx={{ px: 2, py: 1.75, borderBottom: 1, borderColor: 'divider', minWidth: 0 }}
    >
      <Box sx={{ display: 'flex', alignItems: 'center', minHeight: 24, mb: 1, minWidth: 0 }}>
        <Typography id={id} variant="h2" component="h2" noWrap title={title} sx={{ flex: 1, minWidth: 0 }}>
          {title}
        </Typography>
        {aside}
      </Box>
      {children}
    </Box>
  )
}
