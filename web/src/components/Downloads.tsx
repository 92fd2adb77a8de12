import Box from '@mui/material/Box'
import { type Asset, assetUrl, hdrUrl, previewUrl } from '../api'
import type { Job } from '../jobs/events'
import { DownloadList } from './DownloadList'

/** Everything a finished job made. */
export function Downloads({ job: { id, title } }: { job: Job }) {
  const stem = (title ?? 'panorama').replace(/\.[^.]+$/, '')
  const asset = (name: Asset) => ({ href: assetUrl(id, name), name: `${stem}-${name}` })
  return (
    <Box sx={{ mb: 1 }}>
      <DownloadList
        first={{ label: 'EXR', href: hdrUrl(id, 'exr'), name: `${stem}.exr` }}
        others={[
          { label: 'HDR', hint: 'Radiance RGBE', href: hdrUrl(id, 'hdr'), name: `${stem}.hdr` },
          { label: 'Preview', hint: 'tone-mapped JPEG', href: previewUrl(id), name: `${stem}-preview.jpg` },
          { label: 'Backplate', hint: 'full-size JPEG', ...asset('backplate.jpg') },
          { label: 'Backplate', hint: 'lossless PNG', ...asset('backplate.png') },
          { label: 'Report', hint: 'JSON', ...asset('report.json') },
        ]}
      />
    </Box>
  )
}
