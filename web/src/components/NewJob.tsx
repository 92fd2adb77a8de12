import Box from '@mui/material/Box'
import MenuItem from '@mui/material/MenuItem'
import Select from '@mui/material/Select'
import ToggleButton from '@mui/material/ToggleButton'
import ToggleButtonGroup from '@mui/material/ToggleButtonGroup'
import Typography from '@mui/material/Typography'
import type { Health, SceneType, UploadChoices } from '../api'
import { DropZone } from './DropZone'
import { Section } from './Section'
import { UploadList } from './UploadList'
import type { Uploads } from './useUploads'

const SCENES: SceneType[] = ['auto', 'outdoor', 'indoor', 'night']

interface Props {
  choices: UploadChoices
  onChoices: (choices: UploadChoices) => void
  uploads: Uploads
  health: Health | null
}

/** Where a photo comes in, and the two things that can be said about it. */
export function NewJob({ choices, onChoices, uploads, health }: Props) {
  return (
    <Section title="New panorama" className="new">
      <DropZone onFiles={uploads.add} />
      <UploadList uploads={uploads} />
      <Row label="Scene">
        <ToggleButtonGroup
          exclusive
          fullWidth
          aria-label="Scene type"
          value={choices.scene}
          onChange={(_, scene: SceneType | null) => scene && onChoices({ ...choices, scene })}
        >
          {SCENES.map((scene) => (
            <ToggleButton key={scene} value={scene} sx={{ fontSize: '0.75rem', px: 0.5 }}>
              {scene[0]!.toUpperCase() + scene.slice(1)}
            </ToggleButton>
          ))}
        </ToggleButtonGroup>
      </Row>
      <EngineSelect engine={choices.engine} onEngine={(engine) => onChoices({ ...choices, engine })} health={health} />
    </Section>
  )
}

function Row({ label, children }: { label: string; children: React.ReactNode }) {
  return (
    <Box sx={{ display: 'grid', gridTemplateColumns: '56px minmax(0, 1fr)', alignItems: 'center', mt: 1.25 }}>
      <Typography variant="caption" color="textSecondary">
        {label}
      </Typography>
      {children}
    </Box>
  )
}

function EngineSelect({
  engine,
  onEngine,
  health,
}: {
  engine: string
  onEngine: (name: string) => void
  health: Health | null
}) {
  const painter = health?.engines.painter
  const choices = painter?.choices ?? []
  const chosen = engine === 'auto' ? painter : choices.find((choice) => choice.name === engine)
  const explained = chosen && [chosen.name, chosen.reason, chosen.licence].filter(Boolean).join(' · ')
  return (
    <>
      <Row label="Engine">
        <Select
          size="small"
          value={chosen ? engine : ''}
          onChange={(event) => onEngine(event.target.value)}
          inputProps={{ 'aria-label': 'Engine' }}
          sx={{ fontSize: '0.75rem', '& .MuiSelect-select': { py: 0.6 } }}
        >
          {choices.map((choice) => (
            <MenuItem
              key={choice.name}
              value={choice.name}
              disabled={!choice.available}
              sx={{ fontSize: '0.8125rem', display: 'block' }}
            >
              {choice.name}
              {!choice.available && (
                <Typography variant="caption" component="div" sx={{ whiteSpace: 'normal', maxWidth: 280 }}>
                  {choice.reason}
                </Typography>
              )}
            </MenuItem>
          ))}
        </Select>
      </Row>
      <Typography variant="caption" color="textSecondary" component="p" sx={{ ml: 7, mt: 0.5, minHeight: '2.9em' }}>
        {explained}
      </Typography>
    </>
  )
}
