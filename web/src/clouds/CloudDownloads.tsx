import { DownloadList } from '../components/DownloadList'
import { Section } from '../components/Section'
import { type Asset, assetUrl, cloudUrl, type Form, type Generation } from './api'

/** Everything that was made of a sentence or a picture, the points in the form in which they are looked at. */
export function CloudDownloads({ generation, form }: { generation: Generation; form: Form }) {
  const { id, title } = generation
  const stem = stemOf(title)
  const points = (format: 'glb' | 'ply') => ({ href: cloudUrl(id, { ...form, format }), name: `${stem}.${format}` })
  const asset = (file: Asset, name: string) => ({ href: assetUrl(id, file), name })
  return (
    <Section title="Downloads" className="downloads">
      <DownloadList
        first={{ label: 'cloud.bin', href: cloudUrl(id, form), name: `${stem}.bin` }}
        others={[
          { label: 'GLB', hint: 'glTF, for Blender and three.js', ...points('glb') },
          { label: 'PLY', hint: 'points with their segments', ...points('ply') },
          { label: 'Image', hint: 'PNG', ...asset('image.png', `${stem}.png`) },
          { label: 'Depth', hint: 'PNG of 16 bits, near is bright', ...asset('depth.png', `${stem}-depth.png`) },
          {
            label: 'Segments',
            hint: 'PNG in the categories’ colours',
            ...asset('segments.png', `${stem}-segments.png`),
          },
          { label: 'Metadata', hint: 'JSON', ...asset('metadata.json', `${stem}.json`) },
        ]}
      />
    </Section>
  )
}

/** A file's name of these words. */
function stemOf(words: string): string {
  const plain = words
    .toLowerCase()
    .replace(/[^\p{Letter}\p{Number}]+/gu, '-')
    .replace(/^-+|-+$/g, '')
  return plain.slice(0, 48).replace(/-+$/, '') || 'cloud'
}
