import Box from '@mui/material/Box'
import Button from '@mui/material/Button'
import OutlinedInput from '@mui/material/OutlinedInput'
import { useEffect, useId, useState } from 'react'
import { Row } from '../components/Row'
import { LARGEST_SCALE, SMALLEST_SCALE, within } from './scale'

interface Props {
  scale: number
  onScale: (scale: number) => void
  longest: number | null // side of the scene as it is scaled
}

/** How many times as large as in the file; typed, stepped, or such that the longest side is 1. */
export function ScaleField({ scale, onScale, longest }: Props) {
  const id = useId()
  const shown = `${Number(scale.toPrecision(6))}`
  const [typed, setTyped] = useState(shown)
  useEffect(() => setTyped(shown), [shown])

  function accept(): void {
    if (typed === shown) return // who only passes through does not round what is there
    const number = Number(typed.replace(',', '.'))
    setTyped(shown)
    if (number > 0) onScale(within(number))
  }

  return (
    <Row label="Scale" htmlFor={id}>
      <Box sx={{ display: 'flex', gap: 0.75 }}>
        <OutlinedInput
          id={id}
          size="small"
          value={typed}
          onChange={(event) => setTyped(event.target.value)}
          onBlur={accept}
          onKeyDown={(event) => {
            if (event.key === 'Enter') accept()
            if (event.key === 'Escape') setTyped(shown)
          }}
          inputProps={{ inputMode: 'decimal', title: `${SMALLEST_SCALE} to ${LARGEST_SCALE}` }}
          sx={{ flex: 1, minWidth: 0, fontSize: '0.75rem', '& input': { px: 1, py: 0.6 } }}
        />
        <Button color="inherit" aria-label="Half as large" onClick={() => onScale(within(scale / 2))} sx={small}>
          ÷ 2
        </Button>
        <Button color="inherit" aria-label="Twice as large" onClick={() => onScale(within(scale * 2))} sx={small}>
          × 2
        </Button>
        <Button
          color="inherit"
          aria-label="Make the longest side 1"
          disabled={!longest}
          onClick={() => longest && onScale(within(scale / longest))}
          sx={small}
        >
          to 1
        </Button>
      </Box>
    </Row>
  )
}

const small = { minWidth: 0, px: 0.75, fontSize: '0.75rem', flexShrink: 0, whiteSpace: 'nowrap' } as const
