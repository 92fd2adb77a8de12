import Box from '@mui/material/Box'
import Typography from '@mui/material/Typography'
import { Section } from '../components/Section'
import type { Engines, Generation } from './api'
import { apart } from './numbers'

/** What a cloud was made from, which engines made it and why, and how long each step took. */
export function CloudFacts({ generation }: { generation: Generation }) {
  const { prompt, notes = [] } = generation
  return (
    <Section title="This point cloud" className="about">
      {prompt && (
        <Typography variant="body2" sx={{ whiteSpace: 'pre-wrap', overflowWrap: 'anywhere', mb: 1 }}>
          {prompt}
        </Typography>
      )}
      {notes.length > 0 && (
        <Box component="ul" aria-label="Notes" sx={{ m: 0, mb: 1.25, pl: 2, color: 'text.secondary' }}>
          {notes.map((note) => (
            <Typography key={note} component="li" variant="caption" sx={{ display: 'list-item' }}>
              {note}
            </Typography>
          ))}
        </Box>
      )}
      <Box
        component="dl"
        sx={{ m: 0, display: 'grid', gridTemplateColumns: '78px minmax(0, 1fr)', columnGap: 1.25, rowGap: 0.5 }}
      >
        {factsOf(generation).map(([name, value, why]) => (
          <Box key={name} sx={{ display: 'contents' }}>
            <Typography component="dt" variant="caption" color="textSecondary">
              {name}
            </Typography>
            <Box component="dd" sx={{ m: 0, overflowWrap: 'anywhere' }}>
              <Typography variant="caption" component="div" className="number">
                {value}
              </Typography>
              {why && (
                <Typography variant="caption" component="div" color="textSecondary">
                  {why}
                </Typography>
              )}
            </Box>
          </Box>
        ))}
      </Box>
    </Section>
  )
}

const STEPS: [step: string, name: string][] = [
  ['image', 'Picture'],
  ['depth', 'Depth'],
  ['segmentation', 'Segments'],
]

function factsOf(generation: Generation): [name: string, value: string, why?: string][] {
  const { vibe, mode, width, height, projection, point_count, engines = {}, timing = {}, seed } = generation
  const facts: [string, string, string?][] = []
  if (vibe) facts.push(['Vibe', vibe])
  for (const [step, name] of STEPS) {
    const said = engineOf(engines, step)
    if (said) facts.push([name, ...said])
  }
  facts.push(['Size', `${width} × ${height}`, `${apart(point_count)} points, ${projection}`])
  facts.push(['Mode', mode === 'panorama' ? 'Panorama' : 'Standard'])
  if (seed !== undefined) facts.push(['Seed', `${seed}`])
  const total = timing.total_ms
  if (total !== undefined) facts.push(['Made', `in ${seconds(total)}`, timesOf(timing)])
  return facts
}

/** An engine's name, and why it was taken and under which licence it works. */
export function engineOf(engines: Engines, step: string): [name: string, why: string] | null {
  const said = engines[step] ?? (step === 'image' ? engines.painter : undefined)
  if (!said) return null
  if (typeof said === 'string') return [said, '']
  return said.name ? [said.name, [said.reason, said.licence].filter(Boolean).join(' · ')] : null
}

const TIMES: [key: string, words: string][] = [
  ['image_gen_ms', 'picture'],
  ['depth_ms', 'depth'],
  ['segmentation_ms', 'segments'],
  ['pointcloud_ms', 'points'],
]

function timesOf(timing: Record<string, number>): string {
  return TIMES.filter(([key]) => timing[key] !== undefined && timing[key]! > 0)
    .map(([key, words]) => `${words} ${seconds(timing[key]!)}`)
    .join(', ')
}

const seconds = (ms: number) => (ms < 100 ? `${Math.round(ms)} ms` : `${(ms / 1000).toFixed(1)} s`)
