import Alert from '@mui/material/Alert'
import Box from '@mui/material/Box'
import Button from '@mui/material/Button'
import Checkbox from '@mui/material/Checkbox'
import FormControlLabel from '@mui/material/FormControlLabel'
import Typography from '@mui/material/Typography'
import { useState } from 'react'
import { adjust, ApiError, type LightRow } from '../api'
import { refresh } from '../jobs/store'
import type { DiscLight } from '../light/bake'
import { adjustRequest, anyChange, type Changes, NO_CHANGES, originalOf, seenAt } from '../light/changes'
import { ResetIcon } from './icons'
import { Section } from './Section'
import { SliderField } from './SliderField'

const NAMES = { sun: 'Sun', lamp: 'Lamp', window: 'Window' }

interface Props {
  id: string
  sun: DiscLight | null
  kind: LightRow['kind'] | null
  changes: Changes
  onChanges: (changes: Changes) => void
  started: (id: string) => void
  onLook: () => void
}

/** Levels and turns the panorama, moves and dims its sun, and has the result rendered anew. */
export function ChangePanel({ id, sun, kind, changes, onChanges, started, onLook }: Props) {
  const [sending, setSending] = useState(false)
  const [problem, setProblem] = useState<string | null>(null)
  const changed = anyChange(changes)
  const set = (some: Partial<Changes>) => onChanges({ ...changes, ...some })

  async function render(): Promise<void> {
    setSending(true)
    setProblem(null)
    try {
      const { job_id } = await adjust(id, adjustRequest(sun, changes))
      await refresh(job_id)
      started(job_id)
    } catch (error) {
      if (!(error instanceof ApiError)) throw error
      setProblem(error.message)
    } finally {
      setSending(false)
    }
  }

  return (
    <Section
      title="Change"
      className="change"
      aside={
        <Button
          color="inherit"
          startIcon={<ResetIcon />}
          disabled={!changed}
          onClick={() => onChanges(NO_CHANGES)}
          sx={{ py: 0.25 }}
        >
          Reset
        </Button>
      }
    >
      <SliderField
        label="Turn"
        unit="°"
        value={changes.yaw}
        min={-180}
        max={180}
        step={1}
        onChange={(yaw) => set({ yaw })}
      />
      <SliderField
        label="Pitch"
        unit="°"
        value={changes.pitch}
        min={-45}
        max={45}
        step={0.1}
        onChange={(pitch) => set({ pitch })}
      />
      <SliderField
        label="Roll"
        unit="°"
        value={changes.roll}
        min={-45}
        max={45}
        step={0.1}
        onChange={(roll) => set({ roll })}
      />
      <SliderField
        label="Map gain"
        unit="EV"
        value={changes.exposure}
        min={-8}
        max={8}
        step={0.1}
        onChange={(exposure) => set({ exposure })}
      />
      {sun && kind ? (
        <SunFields sun={sun} name={NAMES[kind]} changes={changes} set={set} onLook={onLook} />
      ) : (
        <Typography variant="caption" color="textSecondary" component="p" sx={{ my: 0.75 }}>
          This panorama has no light apart from its picture to move.
        </Typography>
      )}
      {problem && (
        <Alert
          severity="error"
          variant="outlined"
          icon={false}
          role="alert"
          sx={{ py: 0, my: 0.75, fontSize: '0.75rem' }}
        >
          {problem}
        </Alert>
      )}
      <Button variant="outlined" fullWidth disabled={!changed || sending} onClick={() => void render()} sx={{ mt: 1 }}>
        Render with these changes
      </Button>
    </Section>
  )
}

interface SunProps {
  sun: DiscLight
  name: string
  changes: Changes
  set: (some: Partial<Changes>) => void
  onLook: () => void
}

function SunFields({ sun, name, changes, set, onLook }: SunProps) {
  const original = changes.sunDirection ?? sun.direction
  const [azimuth, altitude] = seenAt(original, changes)
  const [azimuthBefore, altitudeBefore] = seenAt(sun.direction, changes)
  const off = changes.sunRemoved
  return (
    <>
      <SliderField
        label={`${name} azimuth`}
        unit="°"
        value={azimuth}
        neutral={azimuthBefore}
        min={-180}
        max={180}
        step={1}
        disabled={off}
        onChange={(next) => set({ sunDirection: originalOf(next, altitude, changes) })}
      />
      <SliderField
        label={`${name} altitude`}
        unit="°"
        value={altitude}
        neutral={altitudeBefore}
        min={-90}
        max={90}
        step={1}
        disabled={off}
        onChange={(next) => set({ sunDirection: originalOf(azimuth, next, changes) })}
      />
      <SliderField
        label={`${name} power`}
        unit="EV"
        value={changes.sunStops}
        min={-10}
        max={5}
        step={0.1}
        disabled={off}
        onChange={(sunStops) => set({ sunStops })}
      />
      <Box sx={{ display: 'flex', justifyContent: 'space-between' }}>
        <FormControlLabel
          control={
            <Checkbox size="small" checked={off} onChange={(_, sunRemoved) => set({ sunRemoved })} sx={{ p: 0.5 }} />
          }
          label={`Without the ${name.toLowerCase()}`}
          slotProps={{ typography: { variant: 'caption', color: 'textSecondary' } }}
          sx={{ ml: -0.5 }}
        />
        <Button color="inherit" disabled={off} onClick={onLook} sx={{ py: 0.25 }}>
          Look at it
        </Button>
      </Box>
    </>
  )
}
