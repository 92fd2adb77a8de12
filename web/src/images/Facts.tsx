import { type Fact, FactList } from '../components/FactList'
import { Section } from '../components/Section'
import type { ImageView } from './api'

/** What a picture was made from, which engine painted it and why, and what it says about the words. */
export function Facts({ image }: { image: ImageView }) {
  const { parameters } = image
  const { notes = [] } = parameters
  return (
    <Section title="This picture" className="about">
      <FactList words={image.prompt} notes={notes} facts={factsOf(image)} wide={98} />
    </Section>
  )
}

function factsOf(image: ImageView): Fact[] {
  const { steps, cfgScale, sampler, seed, hiresFix, engineReason, licence } = image.parameters
  const facts: [string, string | undefined, string?][] = [
    ['Engine', image.modelUsed, [engineReason, licence].filter(Boolean).join(' · ')],
    ['Not shown', image.negativePrompt || undefined],
    ['Size', `${image.width} × ${image.height}`, `${kind(image)}, ${megabytes(image.fileSize)}`],
    ['Seed', seed === undefined ? undefined : `${seed}`],
    ['Steps', steps === undefined ? undefined : `${steps}`],
    ['CFG', cfgScale === undefined ? undefined : `${cfgScale}`],
    ['Sampler', sampler],
    ['Hi-res fix', hiresFix ? 'on' : undefined],
    ['Painted', when(image.createdAt), `in ${image.generationTime.toFixed(1)} s`],
  ]
  return facts.filter((fact): fact is Fact => fact[1] !== undefined)
}

const kind = (image: ImageView) => image.contentType.replace('image/', '').toUpperCase()
const megabytes = (bytes: number) => (bytes < 1e5 ? `${Math.ceil(bytes / 1000)} kB` : `${(bytes / 1e6).toFixed(1)} MB`)
const when = (iso: string) => new Date(iso).toLocaleString(undefined, { dateStyle: 'medium', timeStyle: 'short' })
