import Box from '@mui/material/Box'
import { useCallback, useEffect, useMemo, useState } from 'react'
import type { UploadChoices } from './api'
import { About } from './components/About'
import { ChangePanel } from './components/ChangePanel'
import { Header } from './components/Header'
import { History } from './components/History'
import { JobPanel } from './components/JobPanel'
import { LightPanel } from './components/LightPanel'
import { NewJob } from './components/NewJob'
import { PanoramaView } from './components/PanoramaView'
import { versioned } from './components/preview'
import type { Sun } from './components/SunHandle'
import { useChosen } from './components/useChosen'
import { useProbe } from './components/useProbe'
import { useServer } from './components/useServer'
import { useUploads } from './components/useUploads'
import { type Job, queuePosition } from './jobs/events'
import { refresh, replay, useJobs } from './jobs/store'
import { layout } from './layout'
import { photoDirection } from './light/photo'
import { type Changes, changedSun, NO_CHANGES, originalOf, rotationOf, seenAt, sunChanged } from './light/changes'
import { multiply } from './light/sphere'
import type { ChangedLight } from './viewer/LightOverlay'
import { isActive } from './api'

/** The studio that makes a photo a panorama. */
export default function Panoramas() {
  const jobs = useJobs('hdri')
  const { health, reachable, loaded } = useServer('hdri')
  const [chosen, choose] = useChosen()
  const [choices, setChoices] = useState<UploadChoices>({ scene: 'auto', engine: 'auto' })
  const uploads = useUploads(choices, choose)
  const job = chosen ? jobs.byId[chosen] : undefined
  const done = job?.status === 'done'
  const { report, probe, problem } = useProbe(done ? job.id : null)

  const [changes, setChanges] = useState<Changes>(NO_CHANGES)
  const [asked, setAsked] = useState(0)
  const [viewExposure, setViewExposure] = useState(0)
  useEffect(() => {
    setChanges(NO_CHANGES)
    setAsked(0)
  }, [chosen])
  const ahead = useMemo(() => photoDirection(report, job?.params), [report, job?.id]) // a job's parameters never change
  const rotation = useMemo(() => rotationOf(changes), [changes])
  const sun = useMemo(() => changedSun(probe?.sun ?? null, changes), [probe, changes])

  const changedLight = useMemo((): ChangedLight | null => {
    if (!probe?.sun || !sunChanged(changes)) return null
    const before = { ...probe.sun, direction: multiply(rotation, probe.sun.direction) }
    return { map: probe.map, rotation, before, after: sun }
  }, [probe, changes, rotation, sun])

  const title = tabTitle(job)
  useEffect(() => {
    document.title = title
  }, [title])

  // The address may name a job that is not among the newest, or none at all.
  const known = job !== undefined
  useEffect(() => {
    if (!loaded) return
    if (!chosen) choose(jobs.order[0] ?? null)
    else if (!known) void refresh(chosen).then((found) => found || choose(jobs.order[0] ?? null))
    else replay(chosen)
  }, [loaded, chosen, known, jobs.order, choose])

  const moveSun = useCallback(
    (azimuth: number, altitude: number) =>
      setChanges((now) => ({ ...now, sunDirection: originalOf(azimuth, altitude, now) })),
    [],
  )
  const handle = useMemo((): Sun | null => {
    if (!probe?.sun || changes.sunRemoved) return null
    const [azimuth, altitude] = seenAt(changes.sunDirection ?? probe.sun.direction, changes)
    const name = probe.sunKind ?? 'sun'
    return {
      name,
      azimuth,
      altitude,
      dimmed: changes.sunStops <= -6,
      asked,
      moved: changes.sunDirection,
      move: moveSun,
    }
  }, [probe, changes, asked, moveSun])

  return (
    <Box sx={layout.page}>
      <Header health={health} reachable={reachable} jobs={jobs} />
      <Box component="main" sx={layout.columns}>
        <Box sx={layout.left}>
          <NewJob choices={choices} onChoices={setChoices} uploads={uploads} health={health} />
          {job && <JobPanel job={job} before={queuePosition(jobs, job.id)} />}
          <History jobs={jobs} chosen={chosen} onChoose={choose} />
        </Box>
        <Box sx={layout.centre}>
          <Box className="picture" data-alone={!job || undefined} sx={layout.picture}>
            <PanoramaView
              id={job?.id}
              ahead={ahead}
              title={job?.title ?? 'the panorama'}
              url={job && versioned(job)}
              empty={emptyWords(job && isActive(job.status))}
              rotation={rotation}
              exposure={viewExposure + changes.exposure}
              sun={handle}
              changedLight={changedLight}
            />
          </Box>
          {job && <About job={job} report={report} />}
        </Box>
        <Box sx={layout.right}>
          <LightPanel
            probe={probe}
            problem={problem}
            pending={job !== undefined && isActive(job.status)}
            rotation={rotation}
            sun={sun}
            exposure={changes.exposure}
            viewExposure={viewExposure}
            onViewExposure={setViewExposure}
          />
          {done && (
            <ChangePanel
              id={job.id}
              sun={probe?.sun ?? null}
              kind={probe?.sunKind ?? null}
              changes={changes}
              onChanges={setChanges}
              started={choose}
              onLook={() => setAsked((times) => times + 1)}
            />
          )}
        </Box>
      </Box>
    </Box>
  )
}

function emptyWords(active: boolean | undefined): string {
  if (active) return 'The first preview comes when the photo has been projected.'
  if (active === false) return 'No picture was made.'
  return 'A photo you drop on this page becomes the whole surrounding, with light in it.'
}

function tabTitle(job: Job | undefined): string {
  if (!job) return 'Lucida'
  const name = `${job.title ?? 'Panorama'} · Lucida`
  return job.status === 'processing' ? `${Math.round(job.progress * 100)}% ${name}` : name
}
