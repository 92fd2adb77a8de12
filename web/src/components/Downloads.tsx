import Box from '@mui/material/Box'
import Button from '@mui/material/Button'
import ButtonBase from '@mui/material/ButtonBase'
import Typography from '@mui/material/Typography'
import { assetUrl, hdrUrl, previewUrl } from '../api'
import type { Job } from '../jobs/events'
import { DownloadIcon } from './icons'

/** Everything a finished job made. */
export function Downloads({ job }: { job: Job }) {
  const stem = (job.title ?? 'panorama').replace(/\.[^.]+$/, '')
  const others: [label: string, hint: string, href: string, name: string][] = [
    ['HDR', 'Radiance RGBE', hdrUrl(job.id, 'hdr'), `${stem}.hdr`],
    ['Preview', 'tone-mapped JPEG', previewUrl(job.id), `${stem}-preview.jpg`],
    ['Backplate', 'full-size JPEG', assetUrl(job.id, 'backplate.jpg'), `${stem}-backplate.jpg`],
    ['Backplate', 'lossless PNG', assetUrl(job.id, 'backplate.png'), `${stem}-backplate.png`],
    ['Report', 'JSON', assetUrl(job.id, 'report.json'), `${stem}-report.json`],
  ]
  return (
    <Box component="nav" aria-label="Downloads" sx={{ mb: 1 }}>
      <Button
        variant="contained"
        fullWidth
        startIcon={<DownloadIcon />}
        href={hdrUrl(job.id, 'exr')}
        download={`${stem}.exr`}
      >
        Download EXR
      </Button>
      <Box sx={{ display: 'grid', mt: 0.75 }}>
        {others.map(([label, hint, href, name]) => (
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
            <Typography variant="caption" sx={{ fontWeight: 550, width: 68, textAlign: 'left' }}>
              {label}
            </Typography>
            <Typography variant="caption" color="textSecondary" sx={{ flex: 1, textAlign: 'left' }}>
              {hint}
            </Typography>
            <DownloadIcon sx={{ fontSize: 15, color: 'text.secondary' }} />
          </ButtonBase>
        ))}
      </Box>
    </Box>
  )
}
