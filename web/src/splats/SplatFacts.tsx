import { type Fact, FactList } from '../components/FactList'
import { apart } from '../components/numbers'
import { Section } from '../components/Section'
import type { Triple } from '../viewer/eye'
import { bytes, extentWords } from './statistics'
import type { Opened } from './useSplats'

interface Props {
  opened: Opened
  size: Triple | null // of the scene as it is placed
  pace: number | null // pictures per second
}

/** What is known of a scene. */
export function SplatFacts({ opened, size, pace }: Props) {
  return (
    <Section title="This scene" className="about">
      <FactList words={opened.file.name} notes={[]} facts={factsOf(opened, size, pace)} wide={78} />
    </Section>
  )
}

const COLOURS = ['one colour from all sides', 'colours change with the side they are seen from']

function factsOf({ file, splats }: Opened, size: Triple | null, pace: number | null): Fact[] {
  const facts: Fact[] = [['File', bytes(file.size)]]
  if (!splats || !size) return facts
  facts.unshift(['Gaussians', apart(splats.count)])
  facts.push(['Harmonics', `degree ${splats.degree}`, COLOURS[Math.min(1, splats.degree)]])
  facts.push(['Extent', extentWords(size), 'width, height and depth of all but the outermost hundredth'])
  facts.push(
    pace === null ? ['Speed', 'told when it moves'] : ['Speed', `${paceWords(pace)} frames a second`, 'while it moves'],
  )
  return facts
}

const paceWords = (pace: number) => (pace < 10 ? pace.toFixed(1) : `${Math.round(pace)}`)
