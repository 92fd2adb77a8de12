import MenuItem from '@mui/material/MenuItem'
import Select from '@mui/material/Select'
import Typography from '@mui/material/Typography'
import { Row } from '../components/Row'
import type { Choice } from './settings'

interface Props {
  label: string
  engine: string
  onEngine: (name: string) => void
  choices: Choice[]
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
          renderValue={() => named(chosen)}
          sx={{ fontSize: '0.75rem', '& .MuiSelect-select': { py: 0.6 } }}
        >
          {choices.map((choice) => (
            <MenuItem
              key={choice.name}
              value={choice.name}
              disabled={!choice.available}
              sx={{ fontSize: '0.8125rem', display: 'block' }}
            >
              {named(choice)}
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
      <Typography variant="caption" color="textSecondary" component="p" sx={{ mt: 0.25, mb: 0, minHeight: '1.45em' }}>
        {chosen && why(chosen)}
      </Typography>
    </>
  )
}

function named(choice: Choice | undefined): string {
  if (!choice) return ''
  return choice.engine && choice.engine !== choice.name ? `${choice.name}: ${choice.engine}` : choice.name
}

function why({ reason, licence }: Choice): string {
  return [reason === 'asked for by name' ? '' : reason, licence].filter(Boolean).join(' · ')
}
