import MenuItem from '@mui/material/MenuItem'
import Select from '@mui/material/Select'
import Typography from '@mui/material/Typography'
import type { Model } from '../api'
import { Row } from '../components/Row'

interface Props {
  model: string
  onModel: (model: string) => void
  models: Model[]
}

/** What paints: each model that there is, and why those that cannot be had cannot. */
export function ModelSelect({ model, onModel, models }: Props) {
  const chosen = models.find((each) => each.id === model)
  return (
    <>
      <Row label="Model">
        <Select
          size="small"
          fullWidth
          value={chosen ? model : ''}
          onChange={(event) => onModel(event.target.value)}
          inputProps={{ 'aria-label': 'Model' }}
          renderValue={() => named(chosen)}
          sx={{ fontSize: '0.75rem', '& .MuiSelect-select': { py: 0.6 } }}
        >
          {models.map((each) => (
            <MenuItem
              key={each.id}
              value={each.id}
              disabled={!each.available}
              sx={{ fontSize: '0.8125rem', display: 'block' }}
            >
              {named(each)}
              <Typography
                variant="caption"
                component="div"
                color="textSecondary"
                sx={{ whiteSpace: 'normal', maxWidth: 280 }}
              >
                {why(each)}
              </Typography>
            </MenuItem>
          ))}
        </Select>
      </Row>
      <Typography variant="caption" color="textSecondary" component="p" sx={{ mt: 0.5, mb: 0, minHeight: '2.9em' }}>
        {chosen && why(chosen)}
      </Typography>
    </>
  )
}

/** That a model which was chosen by its name is taken for its name needs no words. */
function why({ reason, licence }: Model): string {
  return [reason === 'asked for by name' ? '' : reason, licence].filter(Boolean).join(' · ')
}

function named(model: Model | undefined): string {
  if (!model) return ''
  return model.engine && model.engine !== model.id ? `${model.id}: ${model.engine}` : model.id
}
