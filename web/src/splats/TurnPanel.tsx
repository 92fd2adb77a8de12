import Box from '@mui/material/Box'
import Button from '@mui/material/Button'
import ButtonGroup from '@mui/material/ButtonGroup'
import ToggleButton from '@mui/material/ToggleButton'
import ToggleButtonGroup from '@mui/material/ToggleButtonGroup'
import { ResetIcon } from '../components/icons'
import { Row } from '../components/Row'
import { Section } from '../components/Section'
import { SliderField } from '../components/SliderField'
import { ScaleField } from './ScaleField'
import { SideSelect } from './SideSelect'
import { across, alongside, type Axis, quarter, SIDES, sidesOf, type Turn, withFront, withUp } from './turn'

interface Props {
  turn: Turn
  onTurn: (turn: Turn) => void
  scale: number
  onScale: (scale: number) => void
  longest: number | null // side of the scene as it is placed
  onFrontHere: (() => void) | null // what is seen becomes the front
  onReset: () => void
}

const AXES: [axis: Axis, name: string][] = [
  [0, 'X'],
  [1, 'Y'],
  [2, 'Z'],
]

/** Which side of the scene is up and which is in front, turns about each axis, and how large it is. */
export function TurnPanel({ turn, onTurn, scale, onScale, longest, onFrontHere, onReset }: Props) {
  const { up, front } = sidesOf(turn)
  return (
    <Section
      title="Turn and scale"
      className="turn"
      aside={
        <Button color="inherit" startIcon={<ResetIcon />} onClick={onReset} sx={{ py: 0 }}>
          As in the file
        </Button>
      }
    >
      <SideSelect label="Up" side={up} sides={SIDES} onSide={(side) => onTurn(withUp(turn, side))} />
      <SideSelect
        label="Front"
        side={front}
        sides={up ? across(up) : SIDES}
        onSide={(side) => onTurn(withFront(turn, side))}
      />
      {onFrontHere && (
        <Row label="">
          <Button color="inherit" variant="outlined" onClick={onFrontHere} sx={button}>
            What I see is the front
          </Button>
        </Row>
      )}
      <Row label="Turn by 90°">
        <Box sx={{ display: 'grid', gridTemplateColumns: 'repeat(3, minmax(0, 1fr))', gap: 0.75 }}>
          {AXES.map(([axis, name]) => (
            <ButtonGroup key={axis} fullWidth size="small" color="inherit" aria-label={`A quarter about ${name}`}>
              {([-1, 1] as const).map((sign) => (
                <Button
                  key={sign}
                  aria-label={`Turn by ${sign < 0 ? '−' : ''}90° about ${name}`}
                  onClick={() => onTurn(quarter(turn, axis, sign))}
                  sx={{ ...button, minWidth: '0 !important' }}
                >
                  {sign < 0 ? '−' : '+'}
                  {name}
                </Button>
              ))}
            </ButtonGroup>
          ))}
        </Box>
      </Row>
      <Row label="About">
        <ToggleButtonGroup
          exclusive
          fullWidth
          aria-label="Turn about"
          value={turn.axis}
          onChange={(_, axis: Axis | null) => axis !== null && onTurn(alongside(turn, axis))}
        >
          {AXES.map(([axis, name]) => (
            <ToggleButton key={axis} value={axis} sx={{ fontSize: '0.75rem', px: 0.5 }}>
              {name}
            </ToggleButton>
          ))}
        </ToggleButtonGroup>
      </Row>
      <Box sx={{ mt: 0.75 }}>
        <SliderField
          label="Angle"
          value={turn.degrees}
          min={-180}
          max={180}
          step={0.5}
          unit="°"
          onChange={(degrees) => onTurn({ ...turn, degrees })}
        />
      </Box>
      <ScaleField scale={scale} onScale={onScale} longest={longest} />
    </Section>
  )
}

const button = { fontSize: '0.75rem', py: 0.25, px: 0.5, borderColor: 'divider' } as const
