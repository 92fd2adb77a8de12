import Box from '@mui/material/Box'
import ToggleButton from '@mui/material/ToggleButton'
import ToggleButtonGroup from '@mui/material/ToggleButtonGroup'
import Typography from '@mui/material/Typography'
import { Section } from '../components/Section'
import { SliderField } from '../components/SliderField'
import type { Cloud } from './decode'
import { apart } from './numbers'
import { type Colouring, COLOURINGS, DEPTHS } from './shader'

interface Props {
  cloud: Cloud | null
  total: number | null // points that there are on the server
  colouring: Colouring
  onColouring: (colouring: Colouring) => void
  size: number
  onSize: (size: number) => void
}

export const POINT_SIZE = 1

const NAMES: Record<Colouring, string> = { picture: 'Picture', segments: 'Segments', depth: 'Depth' }

/** What colour and how large the points are. */
export function LookPanel({ cloud, total, colouring, onColouring, size, onSize }: Props) {
  return (
    <Section title="Points" className="look">
      <ToggleButtonGroup
        exclusive
        fullWidth
        aria-label="Colour by"
        value={colouring}
        onChange={(_, chosen: Colouring | null) => chosen && onColouring(chosen)}
      >
        {COLOURINGS.map((each) => (
          <ToggleButton key={each} value={each} sx={{ fontSize: '0.75rem', px: 0.5 }}>
            {NAMES[each]}
          </ToggleButton>
        ))}
      </ToggleButtonGroup>
      <Box sx={{ mt: 0.75 }}>
        <SliderField
          label="Point size"
          value={size}
          min={0.3}
          max={4}
          step={0.1}
          neutral={POINT_SIZE}
          onChange={onSize}
        />
      </Box>
      <Box sx={{ height: 20 }}>
        {colouring === 'depth' ? (
          <Ramp />
        ) : (
          <Typography variant="caption" color="textSecondary" className="number">
            {cloud && pointsIn(cloud.count, total)}
          </Typography>
        )}
      </Box>
    </Section>
  )
}

function pointsIn(here: number, total: number | null): string {
  if (total === null || here >= total) return `${apart(here)} points`
  return `${apart(here)} of ${apart(total)} points, spread evenly`
}

/** The colours of far and near. */
function Ramp() {
  const stops = DEPTHS.map((colour) => `rgb(${colour.join(',')})`).join(', ')
  return (
    <Box sx={{ display: 'flex', alignItems: 'center', gap: 1 }}>
      <Typography variant="caption" color="textSecondary">
        far
      </Typography>
      <Box sx={{ flex: 1, height: 8, borderRadius: 1, background: `linear-gradient(90deg, ${stops})` }} />
      <Typography variant="caption" color="textSecondary">
        near
      </Typography>
    </Box>
  )
}
