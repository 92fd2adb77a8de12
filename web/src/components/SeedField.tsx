import Box from '@mui/material/Box'
import Button from '@mui/material/Button'
import OutlinedInput from '@mui/material/OutlinedInput'
import { useEffect, useId, useState } from 'react'
import { ANY_SEED, LARGEST_SEED } from '../seed'
import { Row } from './Row'

/** What chance is replaced by: the same seed makes the same picture; −1 is any. */
export function SeedField({ seed, onSeed }: { seed: number; onSeed: (seed: number) => void }) {
  const id = useId()
  const shown = seed === ANY_SEED ? '−1' : `${seed}`
  const [typed, setTyped] = useState(shown)
  useEffect(() => setTyped(shown), [shown])

  function accept(): void {
    const number = Number(typed.trim().replace('−', '-') || ANY_SEED)
    setTyped(shown)
    if (Number.isInteger(number)) onSeed(Math.max(ANY_SEED, Math.min(LARGEST_SEED, number)))
  }

  return (
    <Row label="Seed" htmlFor={id}>
      <Box sx={{ display: 'flex', gap: 1 }}>
        <OutlinedInput
          id={id}
          size="small"
          value={typed}
          onChange={(event) => setTyped(event.target.value)}
          onBlur={accept}
          onKeyDown={(event) => event.key === 'Enter' && accept()}
          inputProps={{ inputMode: 'numeric', title: 'The same seed makes the same picture; −1 is any.' }}
          sx={{ flex: 1, fontSize: '0.75rem', '& input': { px: 1, py: 0.6 } }}
        />
        <Button color="inherit" disabled={seed === ANY_SEED} onClick={() => onSeed(ANY_SEED)} sx={{ minWidth: 0 }}>
          Any
        </Button>
      </Box>
    </Row>
  )
}
