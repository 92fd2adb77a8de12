import MenuItem from '@mui/material/MenuItem'
import Select from '@mui/material/Select'
import { Row } from '../components/Row'
import type { Side } from './turn'

interface Props {
  label: string
  side: Side | null // null: none of them is there
  sides: readonly Side[]
  onSide: (side: Side) => void
}

/** Which side of the file is there. */
export function SideSelect({ label, side, sides, onSide }: Props) {
  return (
    <Row label={label}>
      <Select
        size="small"
        fullWidth
        displayEmpty
        value={side ?? ''}
        onChange={(event) => onSide(event.target.value as Side)}
        inputProps={{ 'aria-label': `${label}, a side of the file` }}
        renderValue={(value) => value || 'in between'}
        sx={{ fontSize: '0.75rem', '& .MuiSelect-select': { py: 0.6 } }}
      >
        {sides.map((each) => (
          <MenuItem key={each} value={each} sx={{ fontSize: '0.8125rem' }}>
            {each}
          </MenuItem>
        ))}
      </Select>
    </Row>
  )
}
