import { type Fact, FactList } from '../components/FactList'
import { Section } from '../components/Section'
import type { Metadata } from './api'
import { apart } from '../components/numbers'

/** What a cloud was made from, which engines made it and why, and how long each step took. */
export function CloudFacts({ generation }: { generation: Metadata }) {
  const { prompt, notes } = generation
  return (
    <Section title="This point cloud" className="about">
      <FactList words={prompt} notes={notes} facts={factsOf(generation)} wide={78} />
    </Section>
  )
}

export const STEPS: readonly (readonly [step: string, name: string])[] = [
  ['image', 'Picture'],
  ['surroundings', 'Surroundings'],
  ['depth', 'Depth'],
  ['segmentation', 'Segments'],
]

function factsOf(generation: Metadata): Fact[] {
  const { vibe, mode, width, height, projection, point_count, engines, timing, seed, seam_score } = generation
  const facts: Fact[] = []
  if (vibe) facts.push(['Vibe', vibe])
  for (const [step, name] of STEPS) {
    const engine = engines[step]
    if (engine) facts.push([name, nameOf(engine), [engine.reason, engine.licence].filter(Boolean).join(' · ')])
  }
  facts.push(['Size', `${width} × ${height}`, `${apart(point_count)} points, ${projection}`])
  facts.push(['Mode', mode === 'panorama' ? 'Panorama' : 'Standard'])
  if (seam_score !== null && seam_score !== undefined)
    facts.push(['Seam', `${seam_score}`, '1 is as smooth as the rest'])
  facts.push(['Seed', `${seed}`])
  if (timing.total_ms !== undefined) facts.push(['Made', `in ${seconds(timing.total_ms)}`, timesOf(timing)])
  return facts
}

/** Nobody painted a picture that came as it is. */
export const nameOf = ({ name }: { name: string }): string => (name === 'picture' ? 'as it came' : name)

const TIMES: [key: string, words: string][] = [
  ['image_gen_ms', 'picture'],
  ['depth_ms', 'depth'],
  ['segmentation_ms', 'segments'],
  ['pointcloud_ms', 'points'],
]

function timesOf(timing: Metadata['timing']): string {
  return TIMES.flatMap(([key, words]) => (timing[key] ? [`${words} ${seconds(timing[key])}`] : [])).join(', ')
}

const seconds = (ms: number) => (ms < 100 ? `${Math.round(ms)} ms` : `${(ms / 1000).toFixed(1)} s`)
