import Box from '@mui/material/Box'
import Typography from '@mui/material/Typography'
import { Section } from '../components/Section'
import type { ImageView } from './api'

/** What a picture was made from, which engine painted it and why, and what it says about the words. */
export function Facts({ image }: { image: ImageView }) {
  const { parameters } = image
  const { notes = [] } = parameters
  return (
    <Section title="This picture" className="about">
      <Typography variant="body2" sx={{ whiteSpace: 'pre-wrap', overflowWrap: 'anywhere', mb: 1 }}>
        {image.prompt}
      </Typography>
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
        sx={{ m: 0, display: 'grid', gridTemplateColumns: '98px minmax(0, 1fr)', columnGap: 1.25, rowGap: 0.5 }}
      >
        {factsOf(image).map(([name, value, why]) => (
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

function factsOf(image: ImageView): [name: string, value: string, why?: string][] {
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
  return facts.filter((fact): fact is [string, string, string?] => fact[1] !== undefined)
}

const kind = (image: ImageView) => image.contentType.replace('image/', '').toUpperCase()
const megabytes = (bytes: number) => (bytes < 1e5 ? `${Math.ceil(bytes / 1000)} kB` : `${(bytes / 1e6).toFixed(1)} MB`)
const when = (iso: string) => new Date(iso).toLocaleString(undefined, { dateStyle: 'medium', timeStyle: 'short' })
