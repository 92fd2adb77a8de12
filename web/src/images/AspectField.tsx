import Box from '@mui/material/Box'
import ToggleButton from '@mui/material/ToggleButton'
import ToggleButtonGroup from '@mui/material/ToggleButtonGroup'
import Typography from '@mui/material/Typography'
import { type Aspect, ASPECTS, aspectOf } from './settings'

interface Size {
  width: number
  height: number
}

/** The shape of the picture; another size is kept where one was taken up from a picture. */
export function AspectField({ size, onSize }: { size: Size; onSize: (size: Size) => void }) {
  return (
    <Box sx={{ mt: 1 }}>
      <Box sx={{ display: 'flex', mb: 0.5 }}>
        <Typography variant="caption" color="textSecondary" sx={{ flex: 1 }}>
          Aspect ratio
        </Typography>
        <Typography variant="caption" color="textSecondary" className="number size">
          {size.width} × {size.height}
        </Typography>
      </Box>
      <ToggleButtonGroup
        exclusive
        fullWidth
        aria-label="Aspect ratio"
        value={aspectOf(size)}
        onChange={(_, aspect: Aspect | null) => {
          if (aspect) onSize({ width: ASPECTS[aspect][0], height: ASPECTS[aspect][1] })
        }}
      >
        {(Object.keys(ASPECTS) as Aspect[]).map((aspect) => (
          <ToggleButton key={aspect} value={aspect} sx={{ fontSize: '0.75rem', px: 0.5, flexDirection: 'column' }}>
            <Shape aspect={aspect} />
            {aspect}
          </ToggleButton>
        ))}
      </ToggleButtonGroup>
    </Box>
  )
}

function Shape({ aspect }: { aspect: Aspect }) {
  const [width, height] = ASPECTS[aspect]
  const scale = 15 / Math.sqrt(width * height)
  return (
    <Box component="span" aria-hidden sx={{ height: 22, display: 'grid', placeItems: 'center' }}>
      <Box
        component="span"
        sx={{ width: width * scale, height: height * scale, border: '1.5px solid currentColor', borderRadius: 0.25 }}
      />
    </Box>
  )
}
