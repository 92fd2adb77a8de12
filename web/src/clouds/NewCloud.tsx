import Alert from '@mui/material/Alert'
import Box from '@mui/material/Box'
import Button from '@mui/material/Button'
import CircularProgress from '@mui/material/CircularProgress'
import OutlinedInput from '@mui/material/OutlinedInput'
import ToggleButton from '@mui/material/ToggleButton'
import ToggleButtonGroup from '@mui/material/ToggleButtonGroup'
import Typography from '@mui/material/Typography'
import { type FormEvent, type KeyboardEvent, useId } from 'react'
import type { Health, Model } from '../api'
import { Row } from '../components/Row'
import { Section } from '../components/Section'
import { SeedField } from '../components/SeedField'
import { EngineSelect } from './EngineSelect'
import { KeyField } from './KeyField'
import { PictureField } from './PictureField'
import { type Choice, choicesOf, LONGEST_PROMPT, LONGEST_VIBE, type Mode, type Settings } from './settings'
import type { Unfinished } from './unfinished'
import type { Request } from './useRequest'

interface Props {
  unfinished: Unfinished
  onChange: (change: Partial<Unfinished>) => void
  picture: File | null
  onFiles: (files: File[]) => void
  onRemovePicture: () => void
  apiKey: string
  onKey: (key: string) => void
  models: Model[]
  health: Health | null
  request: Request
  onMake: () => void
}

const MODES: [mode: Mode, name: string][] = [
  ['standard', 'Standard'],
  ['panorama', 'Panorama'],
]

/** What the next cloud is made of: words or a picture, and which engines see in it. */
export function NewCloud(props: Props) {
  const { unfinished, onChange, picture, models, health, request } = props
  const { prompt, settings } = unfinished
  const [words, vibe] = [useId(), useId()]
  const set = (change: Partial<Settings>) => onChange({ settings: { ...settings, ...change } })
  const engines: Record<string, unknown> = { ...health?.engines }

  function submit(event: FormEvent): void {
    event.preventDefault()
    props.onMake()
  }
  function key(event: KeyboardEvent): void {
    if (event.key === 'Enter' && !event.shiftKey && !event.nativeEvent.isComposing) submit(event)
  }

  return (
    <Section title="New point cloud" className="new">
      <Box component="form" onSubmit={submit} autoComplete="off">
        <Typography variant="caption" color="textSecondary" component="label" htmlFor={words}>
          {picture ? 'Name, if it should have one' : 'Prompt'}
        </Typography>
        <OutlinedInput
          id={words}
          fullWidth
          multiline
          minRows={2}
          maxRows={8}
          size="small"
          placeholder="A misty harbour at dawn, boats in front of old houses"
          value={prompt}
          onChange={(event) => onChange({ prompt: event.target.value })}
          onKeyDown={key}
          inputProps={{ maxLength: LONGEST_PROMPT }}
          // 16 pixels on a phone, or it zooms in on it
          sx={{ mt: 0.25, px: 1, py: 0.75, fontSize: { xs: '1rem', sm: '0.875rem' } }}
        />
        <PictureField picture={picture} onFiles={props.onFiles} onRemove={props.onRemovePicture} />
        <Row label="Vibe" htmlFor={vibe}>
          <OutlinedInput
            id={vibe}
            size="small"
            placeholder="ethereal, golden …"
            value={settings.vibe}
            disabled={picture !== null}
            onChange={(event) => set({ vibe: event.target.value })}
            onKeyDown={key}
            inputProps={{ maxLength: LONGEST_VIBE }}
            sx={{ fontSize: '0.75rem', '& input': { px: 1, py: 0.6 } }}
          />
        </Row>
        <Row label="Mode">
          <ToggleButtonGroup
            exclusive
            fullWidth
            aria-label="Mode"
            value={settings.mode}
            onChange={(_, mode: Mode | null) => mode && set({ mode })}
          >
            {MODES.map(([mode, name]) => (
              <ToggleButton key={mode} value={mode} sx={{ fontSize: '0.75rem', px: 0.5 }}>
                {name}
              </ToggleButton>
            ))}
          </ToggleButtonGroup>
        </Row>
        {!picture && (
          <EngineSelect
            label="Picture"
            engine={settings.imageModel}
            onEngine={(imageModel) => set({ imageModel })}
            choices={paintersOf(models)}
          />
        )}
        {!picture && settings.imageModel === 'openai' && <KeyField apiKey={props.apiKey} onKey={props.onKey} />}
        <EngineSelect
          label="Depth"
          engine={settings.depthModel}
          onEngine={(depthModel) => set({ depthModel })}
          choices={choicesOf(engines.depth)}
        />
        <EngineSelect
          label="Segments"
          engine={settings.segModel}
          onEngine={(segModel) => set({ segModel })}
          choices={choicesOf(engines.segmentation)}
        />
        <SeedField seed={settings.seed} onSeed={(seed) => set({ seed })} />
        <Button type="submit" variant="contained" size="medium" fullWidth disabled={request.sending} sx={{ mt: 1.75 }}>
          Make
        </Button>
      </Box>
      <Box aria-live="polite">
        {request.sending && <Sending words={sendingWords(picture, settings)} onStop={request.stop} />}
        {request.problem && (
          <Alert
            severity="error"
            variant="outlined"
            icon={false}
            role="alert"
            onClose={request.dismiss}
            sx={{ mt: 1, py: 0, px: 1.25, fontSize: '0.75rem', overflowWrap: 'anywhere' }}
          >
            {request.problem}
          </Alert>
        )}
      </Box>
    </Section>
  )
}

function Sending({ words, onStop }: { words: string; onStop: () => void }) {
  return (
    <Box sx={{ display: 'flex', alignItems: 'center', gap: 1, mt: 1 }}>
      <CircularProgress size={12} aria-hidden />
      <Typography variant="caption" sx={{ flex: 1 }}>
        {words}
      </Typography>
      <Button color="inherit" onClick={onStop} sx={{ py: 0, minWidth: 0 }}>
        Cancel
      </Button>
    </Box>
  )
}

function sendingWords(picture: File | null, { imageModel }: Settings): string {
  if (picture) return `Sending ${picture.name}`
  return imageModel === 'openai' ? 'OpenAI paints the picture' : 'Sending'
}

/** What paints, with OpenAI for whoever has a key, and without what another server's key would be needed for. */
function paintersOf(models: Model[]): Choice[] {
  const choices = models.map(({ id, engine, available, reason, licence }): Choice => {
    if (id === 'openai') return { name: id, available: true, reason: 'with your own key', licence }
    return { name: id, available, reason, licence, engine: engine ?? undefined }
  })
  if (choices.some(({ name }) => name === 'auto')) return choices
  return [...choicesOf(null), ...choices]
}
