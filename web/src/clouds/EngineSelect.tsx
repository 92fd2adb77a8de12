import MenuItem from '@mui/material/MenuItem'
import Select from '@mui/material/Select'
import Typography from '@mui/material/Typography'
import type { EngineChoice } from '../api'
import { Row } from '../components/Row'

interface Props {
  label: string
  engine: string
  onEngine: (name: string) => void
  choices: EngineChoice[]
}

/** What does a step of the work: each engine that there is with its licence, and why those that cannot be had cannot. */
export function EngineSelect({ label, engine, onEngine, choices }: Props) {
  const chosen = choices.find((choice) => choice.name === engine)
  return (
    <>
      <Row label={label}>
        <Select
          size="small"
          fullWidth
          value={chosen ? engine : ''}
          onChange={(event) => onEngine(event.target.value)}
          inputProps={{ 'aria-label': `${label} engine` }}
          renderValue={() => engine}
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
              <Typography
                variant="caption"
                component="div"
                color="textSecondary"
                sx={{ whiteSpace: 'normal', maxWidth: 280 }}
              >
                {why(choice)}
              </Typography>
            </MenuItem>
          ))}
        </Select>
      </Row>
      {chosen && why(chosen) && (
        <Typography variant="caption" color="textSecondary" component="p" sx={{ mt: 0.25, mb: 0 }}>
          {why(chosen)}
        </Typography>
      )}
    </>
  )
}

function why({ reason, licence }: EngineChoice): string {
  return [reason === 'asked for by name' ? '' : reason, licence].filter(Boolean).join(' · ')
}
