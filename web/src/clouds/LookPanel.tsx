import Box from '@mui/material/Box'
import Switch from '@mui/material/Switch'
import ToggleButton from '@mui/material/ToggleButton'
import ToggleButtonGroup from '@mui/material/ToggleButtonGroup'
import Tooltip from '@mui/material/Tooltip'
import Typography from '@mui/material/Typography'
import { useId } from 'react'
import { Row } from '../components/Row'
import { Section } from '../components/Section'
import { SliderField } from '../components/SliderField'
import type { Form, Metadata } from './api'
import type { Cloud } from './decode'
import { apart } from '../components/numbers'
import { type Colouring, COLOURINGS, DEPTHS } from './shader'

interface Props {
  cloud: Cloud | null
  generation: Metadata | null
  colouring: Colouring
  onColouring: (colouring: Colouring) => void
  size: number
  onSize: (size: number) => void
  form: Form
  onForm: (form: Form) => void
}

export const POINT_SIZE = 1

const NAMES: Record<Colouring, string> = { picture: 'Picture', segments: 'Segments', depth: 'Depth' }

/** What colour and how large the points are, where they lie, and which are left out. */
export function LookPanel({ cloud, generation, colouring, onColouring, size, onSize, form, onForm }: Props) {
  const loose = useId()
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
      {generation?.mode !== 'panorama' && (
        <Shape
          form={form}
          onForm={onForm}
          known={!generation || (generation.focal_px !== null && generation.near !== null)}
        />
      )}
      <Tooltip describeChild placement="left" title="Leaves out the points that hang between near and far things">
        <Box>
          <Row label="Clean edges" htmlFor={loose}>
            <Switch
              id={loose}
              size="small"
              checked={form.drop_edges !== undefined}
              onChange={(_, clean) => onForm({ ...form, drop_edges: clean ? 'true' : undefined })}
              sx={{ justifySelf: 'start', ml: -0.5 }}
            />
          </Row>
        </Box>
      </Tooltip>
      <Box sx={{ height: 20, mt: 1 }}>
        {colouring === 'depth' ? (
          <Ramp />
        ) : (
          <Typography variant="caption" color="textSecondary" className="number">
            {cloud && pointsIn(cloud.count, generation?.point_count ?? 0, form)}
          </Typography>
        )}
      </Box>
    </Section>
  )
}

/** As the format has it, all within reach; or as the camera saw it, near and far in their proportion. */
function Shape({ form, onForm, known }: { form: Form; onForm: (form: Form) => void; known: boolean }) {
  return (
    <Row label="Shape">
      <ToggleButtonGroup
        exclusive
        fullWidth
        aria-label="Shape"
        value={(known && form.projection) || 'planar'}
        onChange={(_, chosen: 'planar' | 'perspective' | null) =>
          chosen && onForm({ ...form, projection: chosen === 'perspective' ? chosen : undefined })
        }
      >
        <ToggleButton value="planar" sx={{ fontSize: '0.75rem', px: 0.5 }}>
          Relief
        </ToggleButton>
        <ToggleButton value="perspective" disabled={!known} sx={{ fontSize: '0.75rem', px: 0.5 }}>
          Perspective
        </ToggleButton>
      </ToggleButtonGroup>
    </Row>
  )
}

function pointsIn(here: number, total: number, form: Form): string {
  if (here >= total || form.drop_edges) return `${apart(here)} points`
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
