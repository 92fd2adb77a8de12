import Box from '@mui/material/Box'
import ToggleButton from '@mui/material/ToggleButton'
import ToggleButtonGroup from '@mui/material/ToggleButtonGroup'
import { useId } from 'react'
import { Row } from '../components/Row'
import { Section } from '../components/Section'
import { SliderField } from '../components/SliderField'
import type { Look, Mode } from './SplatScene'

export const POINT_SIZE = 3

interface Props {
  look: Look
  page: string // the page's own background
  onBackground: (colour: string | null) => void // null is the page's own
  onMode: (mode: Mode) => void
  onSize: (size: number) => void
}

const MODES: [mode: Mode, name: string][] = [
  ['splats', 'Splats'],
  ['points', 'Points'],
]

/** As what Gaussians are drawn, and before what. */
export function LookPanel({ look, page, onBackground, onMode, onSize }: Props) {
  const colour = useId()
  const plain: [colour: string, name: string][] = [
    [page, 'Page'],
    ['#000000', 'Black'],
    ['#ffffff', 'White'],
  ]
  return (
    <Section title="Look" className="look">
      <ToggleButtonGroup
        exclusive
        fullWidth
        aria-label="Draw as"
        value={look.mode}
        onChange={(_, mode: Mode | null) => mode && onMode(mode)}
      >
        {MODES.map(([mode, name]) => (
          <ToggleButton key={mode} value={mode} sx={{ fontSize: '0.75rem', px: 0.5 }}>
            {name}
          </ToggleButton>
        ))}
      </ToggleButtonGroup>
      <Box sx={{ mt: 0.75 }}>
        <SliderField
          label="Point size"
          value={look.size}
          min={1}
          max={12}
          step={0.5}
          unit="px"
          neutral={POINT_SIZE}
          disabled={look.mode !== 'points'}
          onChange={onSize}
        />
      </Box>
      <Row label="Background" htmlFor={colour}>
        <Box sx={{ display: 'grid', gridTemplateColumns: '38px minmax(0, 1fr)', gap: 1, alignItems: 'stretch' }}>
          <Box
            component="input"
            id={colour}
            type="color"
            value={look.background}
            onChange={(event) => onBackground(event.target.value)}
            sx={{
              width: '100%',
              height: '100%',
              minHeight: 28,
              p: 0,
              border: 1,
              borderColor: 'divider',
              borderRadius: 0.75,
              bgcolor: 'transparent',
              cursor: 'pointer',
              '&::-webkit-color-swatch-wrapper': { p: '3px' },
              '&::-webkit-color-swatch': { border: 0, borderRadius: '3px' },
            }}
          />
          <ToggleButtonGroup
            exclusive
            fullWidth
            aria-label="Plain background"
            value={plain.find(([value]) => value === look.background)?.[1] ?? null}
            onChange={(_, name: string | null) =>
              name && onBackground(name === 'Page' ? null : plain.find(([, each]) => each === name)![0])
            }
          >
            {plain.map(([, name]) => (
              <ToggleButton key={name} value={name} sx={{ fontSize: '0.75rem', px: 0.5 }}>
                {name}
              </ToggleButton>
            ))}
          </ToggleButtonGroup>
        </Box>
      </Row>
    </Section>
  )
}
