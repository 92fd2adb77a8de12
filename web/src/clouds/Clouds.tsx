import Box from '@mui/material/Box'
import Typography from '@mui/material/Typography'
import { useColorScheme } from '@mui/material/styles'
import useMediaQuery from '@mui/material/useMediaQuery'
import { useCallback, useEffect, useMemo, useRef, useState } from 'react'
import { isActive } from '../api'
import { ConfirmDelete } from '../components/ConfirmDelete'
import { FormingCaption } from '../components/FormingCaption'
import { Header } from '../components/Header'
import { useChosen } from '../components/useChosen'
import { useModels } from '../components/useModels'
import { useOne } from '../components/useOne'
import type { NoScene } from '../components/useScene'
import { useServer } from '../components/useServer'
import { type Job, queuePosition } from '../jobs/events'
import { refresh, remove, useJobs } from '../jobs/store'
import { type Form, getMetadata, type Metadata } from './api'
import { mostPoints, type Screen } from './budget'
import { CATEGORIES, labelsOf, sharesOf } from './categories'
import { CloudCaption } from './CloudCaption'
import { CloudDownloads } from './CloudDownloads'
import { CloudFacts } from './CloudFacts'
import type { Look } from './CloudScene'
import { CloudView } from './CloudView'
import type { Triple } from './decode'
import { HistoryPanel } from './HistoryPanel'
import { layout } from './layout'
import { Legend } from './Legend'
import { LookPanel, POINT_SIZE } from './LookPanel'
import { NewCloud } from './NewCloud'
import { settingsOf } from './settings'
import type { Colouring } from './shader'
import { SoundPanel } from './SoundPanel'
import { Stage } from './Stage'
import { useCloud } from './useCloud'
import { useGenerations } from './useGenerations'
import { useRequest } from './useRequest'
import { useSound } from './useSound'
import { useUnfinished } from './useUnfinished'

// Neutral, as all surfaces are; the light one is that of the page.
const BACKGROUNDS: Record<'dark' | 'light', Triple> = { dark: [0.047, 0.047, 0.047], light: [0.929, 0.929, 0.929] }
const ALL_SHOWN: readonly boolean[] = CATEGORIES.map(() => true)

/** The studio that makes words and pictures points in space. */
export default function Clouds() {
  const jobs = useJobs('cloud')
  const { health, reachable, loaded } = useServer('cloud')
  const models = useModels(reachable)
  const [unfinished, change] = useUnfinished()
  const [picture, setPicture] = useState<File | null>(null)
  const [apiKey, setApiKey] = useState('')
  const [chosen, choose] = useChosen()
  const stage = useRef<HTMLDivElement>(null)
  // On a phone the canvas may have been scrolled away.
  const look = (id: string) => {
    choose(id)
    stage.current?.scrollIntoView({ block: 'nearest' })
  }
  const request = useRequest((id, sent) => {
    setPicture((now) => (now === sent.picture ? null : now))
    look(id)
  })

  const job = chosen ? (jobs.byId[chosen] ?? null) : null
  const key = useMemo(() => jobs.order.map((id) => `${id}${jobs.byId[id]!.status}`).join(), [jobs])
  const kept = useGenerations(key, reachable)
  const gone = useCallback(() => choose(null), [choose])
  const read = useOne(job?.status === 'done' ? job.id : null, getMetadata, gone, reachable)
  const generation = read.one

  // Where the address names nothing: what is in the making, else the newest.
  const newest = jobs.order.find((id) => isActive(jobs.byId[id]!.status)) ?? kept.list[0]?.id ?? null
  const known = job !== null
  useEffect(() => {
    if (!loaded || !kept.loaded) return
    if (!chosen) {
      if (newest) choose(newest)
      return
    }
    if (known) return
    let another = false
    void refresh(chosen).then((found) => found || another || choose(null))
    return () => {
      another = true
    }
  }, [loaded, kept.loaded, chosen, known, newest, choose])

  const [screen, setScreen] = useState<Screen | NoScene | null>(null) // null until it is known
  const flat = typeof screen === 'string' ? screen : null
  const [form, setForm] = useState<Form>({})
  const wanted = useMemo(() => generation && wantedOf(generation, form), [generation, form])
  const loading = useCloud(wanted, screen && typeof screen !== 'string' ? mostPoints(screen) : null)
  const { cloud } = loading

  const [colouring, setColouring] = useState<Colouring>('picture')
  const [size, setSize] = useState(POINT_SIZE)
  const [shown, setShown] = useState(ALL_SHOWN)
  const sound = useSound()
  const { choose: play } = sound
  useEffect(() => {
    if (flat) play(null) // nothing would stop it
  }, [flat, play])
  const calm = useMediaQuery('(prefers-reduced-motion: reduce)')
  const { mode = 'system', systemMode = 'dark' } = useColorScheme()
  const background = BACKGROUNDS[mode === 'system' ? systemMode : mode]
  const seen = useMemo((): Look => ({ colouring, size, shown, background }), [colouring, size, shown, background])
  const shares = useMemo(() => (cloud ? sharesOf(cloud) : null), [cloud])
  const labels = useMemo(() => labelsOf(generation?.segments_detected ?? []), [generation])

  const title = tabTitle(job, generation)
  useEffect(() => {
    document.title = title
  }, [title])

  const [deleting, setDeleting] = useState<string | null>(null)
  const [said, setSaid] = useState<string | null>(null)
  async function removeJob(id: string): Promise<boolean> {
    const refusal = await remove(id)
    setSaid(refusal)
    return refusal === null
  }
  async function deleteCloud(id: string): Promise<void> {
    setDeleting(null)
    if (await removeJob(id)) kept.remove(id)
  }

  function take(files: File[]): void {
    const [file] = files
    if (!file) return
    if (file.type.startsWith('audio/')) {
      if (flat) setSaid('A sound moves points, and none are drawn here.')
      else sound.choose({ kind: 'file', file })
    } else {
      setPicture(file)
      request.dismiss()
    }
  }

  function make(): void {
    request.send({ ...unfinished, picture, apiKey })
    setApiKey('') // sent once, whatever comes of it
  }

  function reuse(generation: Metadata): void {
    change({ prompt: generation.prompt, settings: settingsOf(generation, job?.params.asked) })
    setPicture(null)
    document.querySelector<HTMLTextAreaElement>('.new textarea')?.focus()
  }

  const active = job !== null && isActive(job.status)
  return (
    <Box sx={layout.page}>
      <Header health={health} reachable={reachable} jobs={jobs} />
      <Box component="main" sx={layout.columns}>
        <Box sx={layout.left}>
          <NewCloud
            unfinished={unfinished}
            onChange={change}
            picture={picture}
            onFiles={take}
            onRemovePicture={() => setPicture(null)}
            apiKey={apiKey}
            onKey={setApiKey}
            models={models}
            health={health}
            request={request}
            onMake={make}
          />
          <HistoryPanel
            jobs={jobs}
            kept={kept}
            chosen={chosen}
            onChoose={look}
            onDelete={setDeleting}
            onRemove={(id) => void removeJob(id)}
          />
        </Box>
        <Box sx={layout.centre}>
          <Box ref={stage} className="canvas" aria-busy={active || loading.share !== null} sx={layout.canvas}>
            <CloudView
              loading={loading}
              title={generation?.title ?? ''}
              look={seen}
              levels={sound.levels}
              calm={calm}
              onScreen={setScreen}
            />
            <Stage
              job={job}
              empty={loaded && kept.loaded && chosen === null && newest === null}
              flat={flat && generation ? { id: generation.id, why: flat } : null}
              shown={cloud !== null}
              problem={read.problem ?? loading.problem}
              onAgain={read.problem ? read.again : loading.again}
              said={said}
              onClose={() => setSaid(null)}
            />
          </Box>
          <Box className="caption" sx={layout.caption}>
            <span className="visually-hidden" role="status">
              {job?.status === 'done' ? 'Finished' : ''}
            </span>
            {active ? (
              <FormingCaption job={job} before={queuePosition(jobs, job.id)} />
            ) : generation ? (
              <CloudCaption
                generation={generation}
                onReuse={() => reuse(generation)}
                onDelete={() => setDeleting(generation.id)}
              />
            ) : (
              <Typography variant="caption" color="textSecondary" noWrap>
                {job && job.status !== 'done' ? job.title : '\u00a0'}
              </Typography>
            )}
          </Box>
        </Box>
        <Box sx={layout.right}>
          {!flat && (
            <LookPanel
              cloud={cloud}
              generation={generation}
              colouring={colouring}
              onColouring={setColouring}
              size={size}
              onSize={setSize}
              form={form}
              onForm={setForm}
            />
          )}
          <Legend
            shares={shares}
            labels={labels}
            shown={shown}
            onShown={flat ? null : setShown}
            levels={sound.levels}
          />
          {!flat && <SoundPanel sound={sound} calm={calm} />}
          {generation && <CloudDownloads generation={generation} form={wanted?.form ?? {}} />}
          {generation && <CloudFacts generation={generation} />}
        </Box>
      </Box>
      <ConfirmDelete
        what="point cloud"
        count={deleting ? 1 : 0}
        onDelete={() => deleting && void deleteCloud(deleting)}
        onKeep={() => setDeleting(null)}
      />
    </Box>
  )
}

/** A panorama has one shape, and what nobody knows the camera of has no perspective. */
function wantedOf({ id, point_count, mode, focal_px, near }: Metadata, { projection, ...form }: Form) {
  const perspective = projection && mode === 'standard' && focal_px !== null && near !== null
  return { id, total: point_count, form: perspective ? { projection, ...form } : form }
}

function tabTitle(job: Job | null, generation: Metadata | null): string {
  const name = generation?.title ?? job?.title
  const title = name ? `${name.length > 60 ? `${name.slice(0, 59)}…` : name} · Lucida` : 'Point clouds · Lucida'
  return job?.status === 'processing' ? `${Math.round(job.progress * 100)}% ${title}` : title
}
