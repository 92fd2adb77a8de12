import IconButton from '@mui/material/IconButton'
import Tooltip from '@mui/material/Tooltip'
import type { ReactNode } from 'react'

/** What lies over a canvas, legible over any picture. */
export const plate = { bgcolor: '#0009', color: '#e8e8e8', borderRadius: 1 } as const

/** A button over a canvas. */
export function ViewButton({ label, icon, onClick }: { label: string; icon: ReactNode; onClick: () => void }) {
  return (
    <Tooltip title={label}>
      <IconButton aria-label={label} onClick={onClick} sx={{ color: '#e8e8e8', p: 0.6 }}>
        {icon}
      </IconButton>
    </Tooltip>
  )
}
