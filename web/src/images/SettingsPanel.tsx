import Box from '@mui/material/Box'
import Button from '@mui/material/Button'
import MenuItem from '@mui/material/MenuItem'
import OutlinedInput from '@mui/material/OutlinedInput'
import Select from '@mui/material/Select'
import Switch from '@mui/material/Switch'
import ToggleButton from '@mui/material/ToggleButton'
import ToggleButtonGroup from '@mui/material/ToggleButtonGroup'
import Typography from '@mui/material/Typography'
import { useId } from 'react'
import type { Model } from '../api'
import { Row } from '../components/Row'
import { SeedField } from '../components/SeedField'
import { Section } from '../components/Section'
import { SliderField } from '../components/SliderField'
import { AspectField } from './AspectField'
import { ModelSelect } from './ModelSelect'
import { DEFAULTS, MOST_CFG, MOST_PICTURES, MOST_STEPS, SAMPLERS, type Settings } from './settings'

interface Props {
  settings: Settings
  onSettings: (settings: Settings) => void
  models: Model[]
}

/** All that can be set of the next pictures. */
export function SettingsPanel({ settings, onSettings, models }: Props) {
  const negative = useId()
  const hires = useId()
  const set = (change: Partial<Settings>) => onSettings({ ...settings, ...change })
  const draws = models.find((model) => model.id === settings.model)?.engine === 'draft'
  return (
    <Section
      title="Settings"
      className="settings"
      aside={
        <Button color="inherit" onClick={() => onSettings(DEFAULTS)} sx={{ py: 0.25, minWidth: 0 }}>
          Defaults
        </Button>
      }
    >
      <ModelSelect model={settings.model} onModel={(model) => set({ model })} models={models} />
      <Typography variant="caption" color="textSecondary" component="label" htmlFor={negative}>
        Negative prompt
      </Typography>
      <OutlinedInput
        id={negative}
        fullWidth
        multiline
        minRows={2}
        maxRows={6}
        size="small"
        placeholder="What the picture should not show"
        value={settings.negativePrompt}
        onChange={(event) => set({ negativePrompt: event.target.value })}
        sx={{ mt: 0.25, px: 1, py: 0.6, fontSize: '0.8125rem' }}
      />
      <AspectField size={settings} onSize={set} />
      <Row label="Pictures">
        <ToggleButtonGroup
          exclusive
          fullWidth
          aria-label="Pictures"
          value={settings.count}
          onChange={(_, count: number | null) => count && set({ count })}
        >
          {Array.from({ length: MOST_PICTURES }, (_, index) => (
            <ToggleButton key={index} value={index + 1} sx={{ fontSize: '0.75rem', px: 0.5 }}>
              {index + 1}
            </ToggleButton>
          ))}
        </ToggleButtonGroup>
      </Row>
      <Box sx={{ mt: 1 }}>
        <SliderField
          label="Steps"
          value={settings.steps}
          min={1}
          max={MOST_STEPS}
          step={1}
          neutral={DEFAULTS.steps}
          onChange={(steps) => set({ steps: Math.round(steps) })}
        />
        <SliderField
          label="CFG"
          value={settings.cfgScale}
          min={1}
          max={MOST_CFG}
          step={0.5}
          neutral={DEFAULTS.cfgScale}
          onChange={(cfgScale) => set({ cfgScale })}
        />
      </Box>
      <Row label="Sampler">
        <Select
          size="small"
          value={settings.sampler}
          onChange={(event) => set({ sampler: event.target.value })}
          inputProps={{ 'aria-label': 'Sampler' }}
          sx={{ fontSize: '0.75rem', '& .MuiSelect-select': { py: 0.6 } }}
        >
          {SAMPLERS.map((sampler) => (
            <MenuItem key={sampler} value={sampler} sx={{ fontSize: '0.8125rem' }}>
              {sampler}
            </MenuItem>
          ))}
        </Select>
      </Row>
      <SeedField seed={settings.seed} onSeed={(seed) => set({ seed })} />
      <Row label="Hi-res fix" htmlFor={hires}>
        <Switch
          id={hires}
          size="small"
          checked={settings.hiresFix}
          onChange={(_, hiresFix) => set({ hiresFix })}
          sx={{ justifySelf: 'start', ml: -0.5 }}
        />
      </Row>
      <Typography variant="caption" color="textSecondary" component="p" sx={{ mt: 1, mb: 0, minHeight: '2.9em' }}>
        {draws && 'The draft follows the prompts, size and seed. Steps, CFG, sampler and hi-res fix are for models.'}
      </Typography>
    </Section>
  )
}
