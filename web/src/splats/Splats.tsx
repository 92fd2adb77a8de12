import Box from '@mui/material/Box'
import { useColorScheme } from '@mui/material/styles'
import { useEffect, useMemo, useRef, useState } from 'react'
import { Header } from '../components/Header'
import type { NoScene } from '../components/useScene'
import { useServer } from '../components/useServer'
import { useJobs } from '../jobs/store'
import { type Eye, sizeOf } from '../viewer/eye'
import { FileField } from './FileField'
import { layout } from './layout'
import { LookPanel, POINT_SIZE } from './LookPanel'
import { extentOf, type Placing } from './placing'
import { SavePanel } from './SavePanel'
import { SplatFacts } from './SplatFacts'
import type { Look, Mode, SplatScene } from './SplatScene'
import { SplatView } from './SplatView'
import { Stage } from './Stage'
import { frontFrom, inverse, multiply, rotationOf, tidy, type Turn, UNTURNED } from './turn'
import { TurnPanel } from './TurnPanel'
import { useSaving } from './useSaving'
import { type Opened, useSplats } from './useSplats'

// Neutral, as all surfaces are; the light one is that of the page.
const BACKGROUNDS = { dark: '#0c0c0c', light: '#ededed' } as const

interface Placed {
  file: File | null
  turn: Turn // from the axes of the file
  scale: number
}

const upright = (opened: Opened | null): Placed => ({
  file: opened?.file ?? null,
  turn: opened ? { ...UNTURNED, earlier: tidy(multiply(opened.upright, opened.asRead)) } : UNTURNED,
  scale: 1,
})

/** The studio of 3D Gaussians: looked at, turned, and saved in another format. */
export default function Splats() {
  const jobs = useJobs('splats')
  const { health, reachable } = useServer('splats')
  const [scene, setScene] = useState<SplatScene | NoScene | null>(null) // null until it is known
  const flat = typeof scene === 'string' ? scene : null
  const { opened, reading, problem, open, say } = useSplats(scene)
  const file = opened?.file ?? null

  const { mode: appearance = 'system', systemMode = 'dark' } = useColorScheme()
  const page = BACKGROUNDS[appearance === 'system' ? systemMode : appearance]
  const [background, setBackground] = useState<string | null>(null) // the page's
  const [mode, setMode] = useState<Mode>('splats')
  const [size, setSize] = useState(POINT_SIZE)
  const look = useMemo((): Look => ({ background: background ?? page, mode, size }), [background, page, mode, size])

  // A file that is opened stands upright.
  const asOpened = useMemo(() => upright(opened), [opened])
  const [placed, setPlaced] = useState<Placed>(asOpened)
  const { turn, scale } = placed.file === file ? placed : asOpened
  const setTurn = (turn: Turn) => setPlaced({ file, turn, scale })
  const setScale = (scale: number) => setPlaced({ file, turn, scale })
  const asRead = opened?.asRead ?? UNTURNED.earlier
  const placing = useMemo(
    (): Placing => ({ rotation: tidy(multiply(rotationOf(turn), inverse(asRead))), scale }),
    [turn, asRead, scale],
  )

  const extent = useMemo(() => opened?.splats && extentOf(opened.splats.sample, placing), [opened, placing])

  const eye = useRef<Eye | null>(null)
  const frontHere = () => {
    if (!eye.current) return
    setTurn(frontFrom(turn, eye.current.yaw))
    eye.current = { ...eye.current, yaw: 0 } // the scene turns, what is seen stays
  }

  const [pace, setPace] = useState<number | null>(null)
  useEffect(() => setPace(null), [file])
  const [saving, save] = useSaving(opened)

  const name = file?.name
  useEffect(() => {
    document.title = name ? `${name} · Lucida` : 'Splats · Lucida'
  }, [name])

  const measured = extent ? sizeOf(extent) : null
  return (
    <Box sx={layout.page}>
      <Header health={health} reachable={reachable} jobs={jobs} />
      <Box component="main" sx={layout.columns}>
        <Box sx={layout.left}>
          <FileField reading={reading} onFile={open} />
          {opened && <SplatFacts opened={opened} size={measured} pace={pace} />}
        </Box>
        <Box className="canvas" aria-busy={reading !== null} sx={layout.canvas}>
          <SplatView opened={opened} look={look} placing={placing} onScene={setScene} onPace={setPace} eye={eye} />
          <Stage empty={opened === null} flat={flat} problem={problem} onClose={() => say(null)} />
        </Box>
        <Box sx={layout.right}>
          {!flat && (
            <LookPanel look={look} page={page} onBackground={setBackground} onMode={setMode} onSize={setSize} />
          )}
          {file && (
            <TurnPanel
              turn={turn}
              onTurn={setTurn}
              scale={scale}
              onScale={setScale}
              longest={measured && Math.max(...measured)}
              onFrontHere={flat ? null : frontHere}
              onReset={() => setPlaced(asOpened)}
            />
          )}
          {file && <SavePanel file={file} saving={saving} onSave={(format) => save(format, placing)} />}
        </Box>
      </Box>
    </Box>
  )
}
