import Box from '@mui/material/Box'
import ButtonBase from '@mui/material/ButtonBase'
import Typography from '@mui/material/Typography'
import { useRef } from 'react'
import { useDropAnywhere } from '../components/DropZone'
import { UploadIcon } from '../components/icons'
import { Section } from '../components/Section'
import { ACCEPTED, SHOWN } from './formats'

interface Props {
  reading: string | null // the name of what is being read
  onFile: (file: File) => void
}

/** The scene to be shown: chosen, or dropped anywhere on the page. */
export function FileField({ reading, onFile }: Props) {
  const input = useRef<HTMLInputElement>(null)
  const take = (files: File[]) => files[0] && onFile(files[0])
  const over = useDropAnywhere(take)
  return (
    <Section title="Open a scene" className="new">
      <Box
        className="file-field"
        data-over={over || undefined}
        sx={{
          borderRadius: 1,
          border: '1px dashed',
          borderColor: over ? 'primary.main' : 'text.disabled',
          bgcolor: over ? 'action.selected' : 'background.default',
          '&:hover': { borderColor: 'text.secondary' },
        }}
      >
        <ButtonBase
          onClick={() => input.current?.click()}
          sx={{ width: '100%', minHeight: 62, gap: 1.25, px: 1.25, py: 0.75, justifyContent: 'flex-start' }}
        >
          <UploadIcon sx={{ color: over ? 'primary.main' : 'text.secondary', fontSize: 20 }} />
          <Box sx={{ textAlign: 'left', minWidth: 0 }}>
            <Typography variant="caption" component="div" noWrap sx={{ fontWeight: 550 }}>
              {over ? 'Let go to open it' : 'Drop a file of Gaussians, or choose'}
            </Typography>
            <Typography variant="caption" component="div" color="textSecondary">
              {SHOWN.join(' ')}
            </Typography>
          </Box>
        </ButtonBase>
      </Box>
      <input
        ref={input}
        type="file"
        hidden
        accept={ACCEPTED}
        aria-label="Scene"
        onChange={(event) => {
          take(Array.from(event.target.files ?? []))
          event.target.value = '' // so that the same file can be chosen again
        }}
      />
      <Typography
        variant="caption"
        color="textSecondary"
        component="p"
        role="status"
        sx={{ m: 0, mt: 0.75, overflowWrap: 'anywhere' }}
      >
        {reading ? `Reading ${reading}` : 'Read in this browser; .glb, .gltf and .usdz by the server.'}
      </Typography>
    </Section>
  )
}
