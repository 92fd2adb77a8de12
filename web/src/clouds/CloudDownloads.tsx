import Box from '@mui/material/Box'
import Button from '@mui/material/Button'
import ButtonBase from '@mui/material/ButtonBase'
import Typography from '@mui/material/Typography'
import { DownloadIcon } from '../components/icons'
import { Section } from '../components/Section'
import { assetUrl, cloudUrl, type Form, type Generation } from './api'
import { titleOf } from './HistoryPanel'

/** Everything that was made of a sentence or a picture, the points in the form in which they are looked at. */
export function CloudDownloads({ generation, form }: { generation: Generation; form: Form }) {
  const { id } = generation
  const stem = stemOf(titleOf(generation))
  const others: [label: string, hint: string, href: string, name: string][] = [
    ['GLB', 'glTF, for Blender and three.js', cloudUrl(id, { ...form, format: 'glb' }), `${stem}.glb`],
    ['PLY', 'points with their segments', cloudUrl(id, { ...form, format: 'ply' }), `${stem}.ply`],
    ['Image', 'PNG', assetUrl(id, 'image.png'), `${stem}.png`],
    ['Depth', 'PNG of 16 bits, near is bright', assetUrl(id, 'depth.png'), `${stem}-depth.png`],
    ['Segments', 'PNG in the categories’ colours', assetUrl(id, 'segments.png'), `${stem}-segments.png`],
    ['Metadata', 'JSON', assetUrl(id, 'metadata.json'), `${stem}.json`],
  ]
  return (
    <Section title="Downloads" className="downloads">
      <Box component="nav" aria-label="Downloads">
        <Button
          variant="contained"
          fullWidth
          startIcon={<DownloadIcon />}
          href={cloudUrl(id, form)}
          download={`${stem}.bin`}
        >
          Download cloud.bin
        </Button>
        <Box sx={{ display: 'grid', gridTemplateColumns: 'minmax(0, 1fr)', mt: 0.75 }}>
          {others.map(([label, hint, href, name]) => (
            <ButtonBase
              key={label}
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
    </Section>
  )
}

/** A file's name of these words. */
function stemOf(words: string): string {
  const plain = words
    .toLowerCase()
    .replace(/[^\p{Letter}\p{Number}]+/gu, '-')
    .replace(/^-+|-+$/g, '')
  return plain.slice(0, 48).replace(/-+$/, '') || 'cloud'
}
