import Box from '@mui/material/Box'
import Slider from '@mui/material/Slider'
import Typography from '@mui/material/Typography'
import { useEffect, useId, useState } from 'react'

interface Props {
  label: string
  value: number
  onChange: (value: number) => void
  min: number
  max: number
  step: number
  unit?: string
  neutral?: number
  disabled?: boolean
}

/** A number that is dragged, stepped by key, or typed; a double click on its name takes it back. */
export function SliderField({
  label,
  value,
  onChange,
  min,
  max,
  step,
  unit = '',
  neutral = 0,
  disabled = false,
}: Props) {
  const id = useId()
  const digits = step < 1 ? 1 : 0
  const shown = value.toFixed(digits)
  const [typed, setTyped] = useState(shown)
  useEffect(() => setTyped(shown), [shown])

  function accept(): void {
    if (typed === shown) return // who only passes through does not round what is there
    const number = Number(typed.replace(',', '.'))
    setTyped(shown)
    if (typed.trim() !== '' && Number.isFinite(number)) onChange(Math.max(min, Math.min(max, number)))
  }

  return (
    <Box
      sx={{
        display: 'grid',
        gridTemplateColumns: '98px 1fr 66px',
        alignItems: 'center',
        columnGap: 1.25,
        minHeight: 30,
      }}
    >
      <Typography
        id={id}
        variant="caption"
        color={disabled ? 'textDisabled' : 'textSecondary'}
        onDoubleClick={() => onChange(neutral)}
        title="Double-click to reset"
        noWrap
      >
        {label}
      </Typography>
      <Slider
        aria-labelledby={id}
        getAriaValueText={(number) => `${number.toFixed(digits)} ${unit}`.trim()}
        value={value}
        min={min}
        max={max}
        step={step}
        disabled={disabled}
        track={false}
        marks={neutral > min && neutral < max ? [{ value: neutral }] : false}
        onChange={(_, next) => onChange(next as number)}
      />
      <Box
        sx={{
          display: 'flex',
          alignItems: 'baseline',
          border: 1,
          borderColor: 'divider',
          borderRadius: 0.75,
          px: 0.75,
          opacity: disabled ? 0.5 : 1,
          '&:focus-within': { borderColor: 'primary.main' },
        }}
      >
        <Box
          component="input"
          type="text"
          inputMode="decimal"
          aria-label={unit ? `${label} in ${unit}` : `${label}, typed`}
          value={typed}
          disabled={disabled}
          onChange={(event) => setTyped(event.target.value)}
          onBlur={accept}
          onKeyDown={(event) => {
            if (event.key === 'Enter') accept()
            if (event.key === 'Escape') setTyped(shown)
            if (event.key === 'ArrowUp' || event.key === 'ArrowDown') {
              event.preventDefault()
              onChange(Math.max(min, Math.min(max, value + (event.key === 'ArrowUp' ? step : -step))))
            }
          }}
          sx={{
            all: 'unset',
            outline: 'none !important', // its frame shows the focus
            width: 0,
            flex: 1,
            minWidth: 0,
            textAlign: 'right',
            font: 'inherit',
            fontSize: '0.75rem',
            lineHeight: '22px',
            color: 'text.primary',
          }}
        />
        {unit && (
          <Typography component="span" sx={{ fontSize: '0.6875rem', color: 'text.secondary', ml: 0.4, minWidth: 14 }}>
            {unit}
          </Typography>
        )}
      </Box>
    </Box>
  )
}
