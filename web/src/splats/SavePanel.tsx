import Alert from '@mui/material/Alert'
import Box from '@mui/material/Box'
import Button from '@mui/material/Button'
import CircularProgress from '@mui/material/CircularProgress'
import MenuItem from '@mui/material/MenuItem'
import Select from '@mui/material/Select'
import Typography from '@mui/material/Typography'
import { useState } from 'react'
import { DownloadIcon } from '../components/icons'
import { Row } from '../components/Row'
import { Section } from '../components/Section'
import { lookOnly, SAVED } from './formats'
import type { Saving } from './useSaving'

interface Props {
  file: File
  saving: Saving
  onSave: (suffix: string) => void
}

/** The scene as it is turned and scaled, in a file of any format. */
export function SavePanel({ file, saving, onSave }: Props) {
  const [suffix, setSuffix] = useState(SAVED[0]!.suffix)
  const refusal = lookOnly(file.name)
  return (
    <Section title="Save" className="save">
      <Row label="Format">
        <Select
          size="small"
          fullWidth
          value={suffix}
          disabled={refusal !== null}
          onChange={(event) => setSuffix(event.target.value)}
          inputProps={{ 'aria-label': 'Format' }}
          renderValue={(value) => value}
          sx={{ fontSize: '0.75rem', '& .MuiSelect-select': { py: 0.6 } }}
        >
          {SAVED.map((format) => (
            <MenuItem
              key={format.suffix}
              value={format.suffix}
              sx={{ fontSize: '0.8125rem', display: 'block', minHeight: 0 }}
            >
              {format.suffix}
              <Typography variant="caption" component="div" color="textSecondary">
                {format.words}
              </Typography>
            </MenuItem>
          ))}
        </Select>
      </Row>
      <Button
        variant="contained"
        fullWidth
        startIcon={<DownloadIcon />}
        disabled={refusal !== null || saving.running}
        onClick={() => onSave(suffix)}
        sx={{ mt: 1.25 }}
      >
        Save {suffix}
      </Button>
      <Box aria-live="polite">
        {saving.running ? (
          <Box sx={{ display: 'flex', alignItems: 'center', gap: 1, mt: 1 }}>
            <CircularProgress size={12} aria-hidden />
            <Typography variant="caption" sx={{ flex: 1 }}>
              The server writes it
            </Typography>
            <Button color="inherit" onClick={saving.stop} sx={{ py: 0, minWidth: 0 }}>
              Cancel
            </Button>
          </Box>
        ) : (
          <Typography variant="caption" color="textSecondary" component="p" sx={{ m: 0, mt: 0.75 }}>
            {refusal ?? (saving.saved ? `${saving.saved} is saved.` : 'Turned and scaled as it is seen.')}
          </Typography>
        )}
        {saving.problem && (
          <Alert
            severity="error"
            variant="outlined"
            icon={false}
            role="alert"
            onClose={saving.dismiss}
            sx={{ mt: 1, py: 0, px: 1.25, fontSize: '0.75rem', overflowWrap: 'anywhere' }}
          >
            {saving.problem}
          </Alert>
        )}
      </Box>
    </Section>
  )
}
