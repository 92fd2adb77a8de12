import Box from '@mui/material/Box'
import Button from '@mui/material/Button'
import ButtonBase from '@mui/material/ButtonBase'
import Typography from '@mui/material/Typography'
import { DownloadIcon } from './icons'

export interface Download {
  label: string
  hint: string
  href: string
  name: string // of the file
}

/** Files to take away: the one that most people come for, and the others below it. */
export function DownloadList({ first, others }: { first: Omit<Download, 'hint'>; others: Download[] }) {
  return (
    <Box component="nav" aria-label="Downloads">
      <Button variant="contained" fullWidth startIcon={<DownloadIcon />} href={first.href} download={first.name}>
        {`Download ${first.label}`}
      </Button>
      <Box sx={{ display: 'grid', gridTemplateColumns: 'minmax(0, 1fr)', mt: 0.75 }}>
        {others.map(({ label, hint, href, name }) => (
          <ButtonBase
            key={href}
            href={href}
            download={name}
            sx={{
              justifyContent: 'flex-start',
              px: 0.75,
              py: 0.4,
              mx: -0.75,
              borderRadius: 0.75,
              gap: 1,
              '&:hover': { bgcolor: 'action.hover' },
            }}
          >
            <Typography variant="caption" sx={{ fontWeight: 550, width: 68, flexShrink: 0, textAlign: 'left' }}>
              {label}
            </Typography>
            <Typography variant="caption" color="textSecondary" noWrap sx={{ flex: 1, textAlign: 'left' }}>
              {hint}
            </Typography>
            <DownloadIcon sx={{ fontSize: 15, color: 'text.secondary' }} />
          </ButtonBase>
        ))}
      </Box>
    </Box>
  )
}
