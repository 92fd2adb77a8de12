import Box from '@mui/material/Box'
import Button from '@mui/material/Button'
import Typography from '@mui/material/Typography'
import { useMemo } from 'react'
import type { DiscLight } from '../light/bake'
import { measure } from '../light/measure'
import type { LightProbe } from '../light/probe'
import { azimuthAltitude, degrees, type Mat3, multiply, direction, radians } from '../light/sphere'
import { readable, signed } from './numbers'
import { Section } from './Section'
import { SliderField } from './SliderField'
import { Spheres } from './Spheres'

interface Props {
  probe: LightProbe | null
  problem: string | null
  pending: boolean
  rotation: Mat3
  sun: DiscLight | null
  exposure: number
  viewExposure: number
  onViewExposure: (stops: number) => void
}

/** What the panorama does to a scene. */
export function LightPanel({ probe, problem, pending, rotation, sun, exposure, viewExposure, onViewExposure }: Props) {
  return (
    <Section
      title="Light"
      className="light"
      aside={<AutoExposure probe={probe} sun={sun} exposure={exposure} onViewExposure={onViewExposure} />}
    >
      <Spheres
        probe={probe}
        rotation={rotation}
        sun={sun}
        exposure={exposure + viewExposure}
        words={
          problem ?? (pending ? 'Lit by the HDR map as soon as it is merged.' : 'Three spheres, lit by the HDR map.')
        }
      />
      <Box sx={{ display: 'grid', gridTemplateColumns: 'repeat(3, 1fr)', mt: 0.5, mb: 0.75 }} aria-hidden>
        {['mirror', 'silver', 'matte'].map((name) => (
          <Typography key={name} variant="caption" color="textSecondary" sx={{ textAlign: 'center' }}>
            {name}
          </Typography>
        ))}
      </Box>
      <SliderField
        label="Exposure"
        unit="EV"
        value={viewExposure}
        min={-8}
        max={8}
        step={0.1}
        onChange={onViewExposure}
      />
      <Values probe={probe} sun={sun} rotation={rotation} exposure={exposure} />
    </Section>
  )
}

const CARD = 0.45 // what the matte sphere's top then sends back: bright, and below the shoulder

/** Sets the exposure so that a card on the ground is well lit. */
function AutoExposure({
  probe,
  sun,
  exposure,
  onViewExposure,
}: Pick<Props, 'probe' | 'sun' | 'exposure' | 'onViewExposure'>) {
  function set(): void {
    if (!probe) return
    const card = measure(probe.map, sun ? [sun] : []).horizontal
    onViewExposure(Math.max(-8, Math.min(8, Math.round(10 * (Math.log2(CARD / Math.max(card, 1e-6)) - exposure)) / 10)))
  }
  return (
    <Button
      color="inherit"
      disabled={!probe}
      onClick={set}
      sx={{ py: 0.25, minWidth: 0 }}
      title="Expose for a white card on the ground"
    >
      Auto expose
    </Button>
  )
}

function Values({
  probe,
  sun,
  rotation,
  exposure,
}: {
  probe: LightProbe | null
  sun: DiscLight | null
  rotation: Mat3
  exposure: number
}) {
  // The sun is measured in the panorama's own frame; only directions and the horizontal change with turning.
  const values = useMemo(() => probe && measure(probe.map, sun ? [sun] : []), [probe, sun])
  const scale = 2 ** exposure
  const key =
    values && azimuthAltitude(multiply(rotation, direction(radians(values.keyAzimuth), radians(values.keyAltitude))))
  const rows: [string, string][] = [
    ['Card on the ground', values ? readable(values.horizontal * scale) : '–'],
    ['Mean radiance', values ? readable(values.mean * scale) : '–'],
    ['Peak radiance', values ? readable(values.peak * scale) : '–'],
    ['Peak over median', values ? `${values.stops.toFixed(1)} stops` : '–'],
    ['Light comes from', key ? `${signed(degrees(key[0]), 0)}° / ${signed(degrees(key[1]), 0)}°` : '–'],
    ['Main light over the rest', values?.keyToFill != null ? `${signed(values.keyToFill, 1)} stops` : '–'],
  ]
  return (
    <Box component="dl" sx={{ m: 0, mt: 0.75, display: 'grid', gridTemplateColumns: '1fr auto', rowGap: 0.25 }}>
      {rows.map(([name, value]) => (
        <Box key={name} sx={{ display: 'contents' }}>
          <Typography component="dt" variant="caption" color="textSecondary">
            {name}
          </Typography>
          <Typography component="dd" variant="caption" className="number" sx={{ m: 0, textAlign: 'right' }}>
            {value}
          </Typography>
        </Box>
      ))}
    </Box>
  )
}
