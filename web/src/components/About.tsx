import Box from '@mui/material/Box'
import Typography from '@mui/material/Typography'
import type { Report } from '../api'
import type { Job } from '../jobs/events'
import { signed } from './numbers'

/** What made this result, what it took from the photo and what it assumed. */
export function About({ job, report }: { job: Job; report: Report | null }) {
  const facts = report ? factsOf(report) : []
  const engine = report?.engine ?? job.engine
  const reason = report?.engine_reason ?? job.engine_reason
  const licence = report?.licence ?? job.engine_licence
  if (!engine && facts.length === 0) return null
  return (
    <Box component="section" aria-labelledby="about" className="about" sx={{ px: 2, py: 1.75 }}>
      <Typography id="about" variant="h2" component="h2" sx={{ mb: 1 }}>
        About this result
      </Typography>
      <Box
        component="dl"
        sx={{
          m: 0,
          display: 'grid',
          gridTemplateColumns: { xs: '1fr', sm: 'repeat(2, minmax(0, 1fr))' },
          columnGap: 4,
          rowGap: 1,
        }}
      >
        {engine && <Fact name="Engine" value={engine} why={[reason, licence].filter(Boolean).join(' · ')} />}
        {facts.map(([name, value, why]) => (
          <Fact key={name} name={name} value={value} why={why} />
        ))}
      </Box>
      {report && report.notes.length > 0 && (
        <Box component="ul" sx={{ m: 0, mt: 1.5, pl: 2, color: 'text.secondary' }}>
          {report.notes.map((note) => (
            <Typography key={note} component="li" variant="caption" sx={{ display: 'list-item' }}>
              {note}
            </Typography>
          ))}
        </Box>
      )}
    </Box>
  )
}

function Fact({ name, value, why }: { name: string; value: string; why: string }) {
  return (
    <Box sx={{ display: 'grid', gridTemplateColumns: '92px minmax(0, 1fr)' }}>
      <Typography component="dt" variant="caption" color="textSecondary">
        {name}
      </Typography>
      <Box component="dd" sx={{ m: 0 }}>
        <Typography variant="caption" component="div">
          {value}
        </Typography>
        {why && (
          <Typography variant="caption" component="div" color="textSecondary">
            {why}
          </Typography>
        )}
      </Box>
    </Box>
  )
}

function factsOf(report: Report): [string, string, string][] {
  const { scene, camera, headroom, size } = report
  const sun = report.lights.find((light) => light.kind === 'sun')
  const others = report.lights.length - (sun ? 1 : 0)
  const facts: [string, string, string][] = [
    ['Scene', scene.type, scene.reason],
    ['Field of view', `${camera.horizontal_fov_deg.toFixed(1)}°`, camera.source],
    ['Level', `pitch ${signed(camera.pitch_deg, 1)}°, roll ${signed(camera.roll_deg, 1)}°`, camera.level_source],
    [
      'Highlights',
      headroom && headroom > 1 ? `${headroom.toFixed(2)} × white` : 'white is the photo’s brightest',
      headroom && headroom > 1 ? 'restored from the photo’s gain map' : 'the photo carries no gain map',
    ],
  ]
  if (report.color_profile) facts.push(['Colour', report.color_profile, ''])
  facts.push([
    'Lights',
    sun
      ? `sun at ${signed(sun.azimuth_deg, 0)}° / ${signed(sun.altitude_deg, 0)}°`
      : others > 0
        ? `${others} of its own`
        : 'in the picture only',
    sun && others > 0 ? `and ${others} other${others > 1 ? 's' : ''}` : '',
  ])
  facts.push([
    'Rendered',
    `${size[0]} × ${size[1]}`,
    `exposures ${report.ev_offsets.map((ev) => signed(ev)).join(', ')} EV · seed ${report.seed} · ${seconds(report)}`,
  ])
  return facts
}

function seconds(report: Report): string {
  const total = report.seconds.total ?? Object.values(report.seconds).reduce((sum, one) => sum + one, 0)
  return `${total.toFixed(1)} s`
}
