import Box from '@mui/material/Box'
import ButtonBase from '@mui/material/ButtonBase'
import Typography from '@mui/material/Typography'
import { useEffect, useRef, useState } from 'react'
import type { LogLine } from '../jobs/events'
import { ChevronIcon } from './icons'

/** What the job said, newest at the bottom; folded away until asked for. */
export function Log({ lines }: { lines: LogLine[] }) {
  const [open, setOpen] = useState(false)
  const end = useRef<HTMLOListElement>(null)
  useEffect(() => {
    if (open && end.current) end.current.scrollTop = end.current.scrollHeight
  }, [open, lines])
  return (
    <Box>
      <ButtonBase
        onClick={() => setOpen(!open)}
        aria-expanded={open}
        sx={{ gap: 0.5, color: 'text.secondary', borderRadius: 0.5, mx: -0.5, px: 0.5 }}
      >
        <ChevronIcon sx={{ fontSize: 15, transform: open ? 'none' : 'rotate(-90deg)' }} />
        <Typography variant="caption">Log{lines.length > 0 ? ` (${lines.length})` : ''}</Typography>
      </ButtonBase>
      {open && (
        <Box
          component="ol"
          ref={end}
          tabIndex={0}
          aria-label="Log"
          sx={{
            listStyle: 'none',
            m: 0,
            mt: 0.5,
            p: 0,
            maxHeight: 168,
            overflowY: 'auto',
            overscrollBehavior: 'contain',
          }}
        >
          {lines.map((line) => (
            <Box
              component="li"
              key={`${line.seq}-${line.stage}`}
              sx={{ display: 'flex', gap: 1, fontSize: '0.6875rem', lineHeight: 1.6, color: 'text.secondary' }}
            >
              <Box component="span" className="number" sx={{ width: 30, textAlign: 'right', flexShrink: 0 }}>
                {Math.round(line.progress * 100)}%
              </Box>
              <span>{line.stage}</span>
            </Box>
          ))}
          {lines.length === 0 && <Typography variant="caption">Nothing yet.</Typography>}
        </Box>
      )}
    </Box>
  )
}
