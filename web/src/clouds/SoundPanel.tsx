import Alert from '@mui/material/Alert'
import Box from '@mui/material/Box'
import ToggleButton from '@mui/material/ToggleButton'
import ToggleButtonGroup from '@mui/material/ToggleButtonGroup'
import Typography from '@mui/material/Typography'
import { useRef } from 'react'
import { Section } from '../components/Section'
import { SliderField } from '../components/SliderField'
import type { Source } from './Sound'
import type { SoundState } from './useSound'

type Kind = Source['kind'] | 'off'

const KINDS: [kind: Kind, name: string][] = [
  ['off', 'Off'],
  ['beat', 'Beat'],
  ['file', 'File'],
  ['microphone', 'Mic'],
]

/** A sound that moves the categories as their names say: a beat of the page's own, a file, or the microphone. */
export function SoundPanel({ sound, calm }: { sound: SoundState; calm: boolean }) {
  const input = useRef<HTMLInputElement>(null)
  const { playing } = sound

  function choose(kind: Kind | null): void {
    if (kind === 'file') input.current?.click()
    else if (kind === 'off') sound.choose(null)
    else if (kind) sound.choose({ kind })
    else if (playing?.kind === 'file') input.current?.click() // pressed again: another file
  }

  return (
    <Section title="Sound" className="sound">
      <ToggleButtonGroup
        exclusive
        fullWidth
        aria-label="Sound from"
        value={playing?.kind ?? 'off'}
        onChange={(_, kind: Kind | null) => choose(kind)}
      >
        {KINDS.map(([kind, name]) => (
          <ToggleButton
            key={kind}
            value={kind}
            aria-label={kind === 'microphone' ? 'Microphone' : undefined}
            sx={{ fontSize: '0.75rem', px: 0.5 }}
          >
            {name}
          </ToggleButton>
        ))}
      </ToggleButtonGroup>
      <input
        ref={input}
        type="file"
        hidden
        accept="audio/*"
        aria-label="Sound file"
        onChange={(event) => {
          const file = event.target.files?.[0]
          if (file) sound.choose({ kind: 'file', file })
          event.target.value = ''
        }}
      />
      {playing && playing.kind !== 'microphone' && (
        <Box sx={{ mt: 0.5 }}>
          <SliderField
            label="Volume"
            value={Math.round(100 * sound.volume)}
            min={0}
            max={100}
            step={1}
            unit="%"
            neutral={50}
            onChange={(volume) => sound.setVolume(volume / 100)}
          />
        </Box>
      )}
      {sound.problem && (
        <Alert severity="error" variant="outlined" icon={false} role="alert" sx={{ mt: 1, py: 0, fontSize: '0.75rem' }}>
          {sound.problem}
        </Alert>
      )}
      <Typography variant="caption" color="textSecondary" component="p" noWrap={false} sx={{ mt: 0.75, mb: 0 }}>
        {words(playing, calm)}
      </Typography>
    </Section>
  )
}

function words(playing: Source | null, calm: boolean): string {
  if (calm && playing) return 'This system asks for less motion, so the categories become brighter and do not move.'
  switch (playing?.kind) {
    case 'file':
      return `${playing.file.name}, which does not leave this browser.`
    case 'microphone':
      return 'What the microphone hears does not leave this browser.'
    default:
      return 'Bass moves people and animals, highs the sky, each beat the ground.'
  }
}
