import Box from '@mui/material/Box'
import Button from '@mui/material/Button'
import IconButton from '@mui/material/IconButton'
import Tooltip from '@mui/material/Tooltip'
import Typography from '@mui/material/Typography'
import type { ReactNode } from 'react'
import { DeleteIcon, DownloadIcon, ReuseIcon, VariationsIcon } from '../components/icons'
import type { ImageView } from './api'

interface Props {
  image: ImageView
  others?: { count: number; show: () => void } // painted with it
  onVariations: () => void
  onReuse: () => void
  onDelete: () => void
}

/** Which engine painted the picture and why, what it did not understand, and what can be done with it. */
export function PictureCaption({ image, others, onVariations, onReuse, onDelete }: Props) {
  const { engineReason, notes = [] } = image.parameters
  const engine = [image.modelUsed, engineReason].filter(Boolean).join(' · ')
  const note = notes.find((each) => each.startsWith('Not understood')) ?? notes.at(-1)
  return (
    <>
      <Box sx={{ flex: '1 1 180px', minWidth: 0 }}>
        <Typography variant="caption" component="div" noWrap title={engine}>
          {engine}
        </Typography>
        <Typography variant="caption" component="div" className="note" color="textSecondary" noWrap title={note}>
          {note ?? '\u00a0'}
        </Typography>
      </Box>
      <Box sx={{ display: 'flex', alignItems: 'center', gap: 0.25 }}>
        {others && (
          <Button color="inherit" onClick={others.show} sx={{ minWidth: 0 }}>
            All {others.count}
          </Button>
        )}
        <Tooltip describeChild title="Four more of the same, with new seeds">
          <Button color="inherit" startIcon={<VariationsIcon />} onClick={onVariations}>
            Variations
          </Button>
        </Tooltip>
        <Tooltip describeChild title="Put its prompt and all settings back, the seed too">
          <Button color="inherit" startIcon={<ReuseIcon />} onClick={onReuse}>
            Reuse settings
          </Button>
        </Tooltip>
        <Action label="Download" icon={<DownloadIcon />} href={image.imageUrl} />
        <Action label="Delete" icon={<DeleteIcon />} onClick={onDelete} />
      </Box>
    </>
  )
}

function Action({
  label,
  icon,
  href,
  onClick,
}: {
  label: string
  icon: ReactNode
  href?: string
  onClick?: () => void
}) {
  return (
    <Tooltip title={label}>
      {href ? (
        <IconButton aria-label={label} href={href} download>
          {icon}
        </IconButton>
      ) : (
        <IconButton aria-label={label} onClick={onClick}>
          {icon}
        </IconButton>
      )}
    </Tooltip>
  )
}
