import Box from '@mui/material/Box'
import Button from '@mui/material/Button'
import ButtonBase from '@mui/material/ButtonBase'
import InputBase from '@mui/material/InputBase'
import Typography from '@mui/material/Typography'
import { type FormEvent, type KeyboardEvent } from 'react'
import { SettingsIcon } from '../components/icons'

interface Props {
  prompt: string
  onPrompt: (prompt: string) => void
  onGenerate: () => void
  sending: boolean
  settings?: { words: string; open: () => void } // where the panel is not beside it
}

/** Where the words are written. Enter generates, Shift+Enter begins a new line. */
export function Dock({ prompt, onPrompt, onGenerate, sending, settings }: Props) {
  function submit(event: FormEvent): void {
    event.preventDefault()
    if (!sending) onGenerate()
  }
  function key(event: KeyboardEvent): void {
    if (event.key === 'Enter' && !event.shiftKey && !event.nativeEvent.isComposing) submit(event)
  }
  return (
    <Box
      component="form"
      className="dock"
      aria-label="Prompt"
      onSubmit={submit}
      sx={{
        border: 1,
        borderColor: 'divider',
        borderRadius: 1.5,
        bgcolor: 'background.paper',
        p: 1,
        display: 'grid',
        gridTemplateColumns: 'minmax(0, 1fr) auto',
        gap: 1,
        alignItems: 'end',
        '&:focus-within': { borderColor: 'primary.main' },
      }}
    >
      <InputBase
        multiline
        minRows={settings ? 1 : 2}
        maxRows={6}
        value={prompt}
        placeholder="A lake in the mountains at dawn, mist over the water"
        onChange={(event) => onPrompt(event.target.value)}
        onKeyDown={key}
        inputProps={{ 'aria-label': 'Prompt' }}
        sx={{
          alignSelf: 'stretch',
          alignItems: 'flex-start',
          px: 0.75,
          py: 0.25,
          // 16 pixels, or a phone zooms in on it
          fontSize: { xs: '1rem', sm: '0.9375rem' },
          '& textarea:focus-visible': { outline: 'none !important' }, // the dock's frame shows the focus
          ...(settings && { gridColumn: '1 / -1' }),
        }}
      />
      {settings && (
        <ButtonBase
          onClick={settings.open}
          aria-label={`Settings: ${settings.words}`}
          sx={{ justifyContent: 'flex-start', gap: 0.75, px: 0.75, minHeight: 34, borderRadius: 1, minWidth: 0 }}
        >
          <SettingsIcon />
          <Typography variant="caption" color="textSecondary" noWrap>
            {settings.words}
          </Typography>
        </ButtonBase>
      )}
      <Button type="submit" variant="contained" size="medium" disabled={sending} sx={{ minWidth: 104 }}>
        Generate
      </Button>
    </Box>
  )
}
