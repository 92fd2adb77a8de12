import Box from '@mui/material/Box'
import Button from '@mui/material/Button'
import IconButton from '@mui/material/IconButton'
import Tooltip from '@mui/material/Tooltip'
import Typography from '@mui/material/Typography'
import { DeleteIcon, ReuseIcon } from '../components/icons'
import type { Generation } from './api'
import { nameOf, STEPS } from './CloudFacts'

interface Props {
  generation: Generation
  onReuse: () => void
  onDelete: () => void
}

/** What the cloud shows, which engines made it, and what can be done with it. */
export function CloudCaption({ generation, onReuse, onDelete }: Props) {
  const { title } = generation
  const engines = enginesIn(generation)
  return (
    <>
      <Box sx={{ flex: '1 1 180px', minWidth: 0 }}>
        <Typography variant="caption" component="div" noWrap title={title}>
          {title}
        </Typography>
        <Typography variant="caption" component="div" className="engines" color="textSecondary" noWrap title={engines}>
          {engines || '\u00a0'}
        </Typography>
      </Box>
      <Box sx={{ display: 'flex', alignItems: 'center', gap: 0.25 }}>
        {generation.prompt && generation.engines.image?.name !== 'picture' && (
          <Tooltip describeChild title="Put its prompt and all settings back, the seed too">
            <Button color="inherit" startIcon={<ReuseIcon />} onClick={onReuse}>
              Reuse settings
            </Button>
          </Tooltip>
        )}
        <Tooltip title="Delete">
          <IconButton aria-label="Delete" onClick={onDelete}>
            <DeleteIcon />
          </IconButton>
        </Tooltip>
      </Box>
    </>
  )
}

function enginesIn({ engines }: Generation): string {
  return STEPS.flatMap(([step, name]) => {
    const engine = engines[step]
    return engine ? [`${name.toLowerCase()}: ${nameOf(engine)}`] : []
  }).join(' · ')
}
