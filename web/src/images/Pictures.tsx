import Alert from '@mui/material/Alert'
import Box from '@mui/material/Box'
import Button from '@mui/material/Button'
import Drawer from '@mui/material/Drawer'
import IconButton from '@mui/material/IconButton'
import Typography from '@mui/material/Typography'
import useMediaQuery from '@mui/material/useMediaQuery'
import { useCallback, useEffect, useMemo, useRef, useState } from 'react'
import { ApiError, isActive } from '../api'
import { ConfirmDelete } from '../components/ConfirmDelete'
import { FormingCaption } from '../components/FormingCaption'
import { Header } from '../components/Header'
import { CloseIcon, FullscreenIcon } from '../components/icons'
import { useModels } from '../components/useModels'
import { useOne } from '../components/useOne'
import { useServer } from '../components/useServer'
import { type Job, queuePosition } from '../jobs/events'
import { refresh, useJobs } from '../jobs/store'
import { deleteImage, getImage, type ImageView } from './api'
import { Canvas } from './Canvas'
import { Dock } from './Dock'
import { Facts } from './Facts'
import { countOf, turnOf } from './frames'
import { GalleryPanel } from './GalleryPanel'
import { layout, WIDE } from './layout'
import { PictureCaption } from './PictureCaption'
import { inWords, MOST_PICTURES, requestOf, settingsOf, variationsOf } from './settings'
import { SettingsPanel } from './SettingsPanel'
import { useGallery } from './useGallery'
import { useJobImages } from './useJobImages'
import { usePictureRequests } from './usePictureRequests'
import { type Shown, useShown } from './useShown'
import { useUnfinished } from './useUnfinished'

/** The studio that makes words pictures. */
export default function Pictures() {
  const jobs = useJobs('image')
  const { health, reachable, loaded } = useServer('image')
  const models = useModels(reachable)
  const [{ prompt, settings }, change] = useUnfinished()
  const [shown, show] = useShown()
  const canvas = useRef<HTMLDivElement>(null)
  // On a phone the canvas may have been scrolled away.
  const look = (at: Partial<Shown>) => {
    show(at)
    canvas.current?.scrollIntoView({ block: 'nearest' })
  }
  const requests = usePictureRequests((job) => look({ job }))
  const wide = useMediaQuery(WIDE)
  const [sheet, setSheet] = useState(false)
  const [deleting, setDeleting] = useState<string[]>([])

  const all = jobs.order.map((id) => jobs.byId[id]!)
  const job = shown.job ? (jobs.byId[shown.job] ?? null) : null
  // A preview is of the picture that was being painted when it came; then the one before is kept.
  const previewed = useMemo(() => (job?.preview_url ? turnOf(job) : -1), [job?.id, job?.preview_url])
  // These change whenever there may be another picture.
  const key = useMemo(() => all.map((job) => `${job.id}${job.status}${turnOf(job)}`).join(), [jobs])
  const gallery = useGallery(`${key} ${previewed}`)
  const [removals, setRemovals] = useState(0)
  const made = useJobImages(shown.job, job ? [job.status, turnOf(job), previewed, removals].join() : '')
  const single = job?.status === 'done' && made.settled && made.images.length === 1 ? made.images[0]!.id : null
  const gone = useCallback(() => show({}), [show])
  const { one: image, ...reading } = useOne(shown.picture ?? single, getImage, gone, reachable)
  const forming = job !== null && isActive(job.status)

  // Where the address names nothing: what is in the making, else the newest picture.
  const newest = all.find((each) => isActive(each.status))
  useEffect(() => {
    if (shown.picture || !loaded || !gallery.loaded || gallery.found) return
    const first = gallery.images[0]
    if (!shown.job && newest) show({ job: newest.id })
    else if (!shown.job && first) show({ picture: first.id })
    else if (shown.job && !jobs.byId[shown.job]) void refresh(shown.job).then((found) => found || show({}))
  }, [shown, loaded, gallery, newest, jobs, show])

  // Events do not tell which engine it is; the row does, once the work has begun.
  const begun = forming && !job.engine && job.progress > 0 ? job.id : null
  useEffect(() => {
    if (begun) void refresh(begun)
  }, [begun])

  const title = tabTitle(job, image)
  useEffect(() => {
    document.title = title
  }, [title])

  const [problem, setProblem] = useState<string | null>(null)
  async function remove(ids: string[]): Promise<void> {
    setDeleting([])
    setProblem(null)
    const gone = new Set<string>()
    try {
      for (const id of ids) {
        await deleteImage(id)
        gone.add(id)
      }
    } catch (error) {
      if (!(error instanceof ApiError)) throw error
      setProblem(error.message)
    }
    const next = gallery.images.find((each) => !gone.has(each.id))
    gallery.remove(gone)
    setRemovals((times) => times + 1)
    if (image && gone.has(image.id)) show(next ? { picture: next.id } : {})
  }

  function reuse(from: ImageView): void {
    change({ prompt: from.prompt, settings: settingsOf(from, settings) })
    document.querySelector<HTMLTextAreaElement>('.dock textarea')?.focus()
  }

  // The pictures it was painted with, as long as the job that painted them is known.
  function othersOf(image: ImageView): { count: number; show: () => void } | undefined {
    const parent = image.jobId ? jobs.byId[image.jobId] : undefined
    const count = parent ? countOf(parent) : 1
    return count > 1 && parent ? { count, show: () => show({ job: parent.id }) } : undefined
  }

  function fullscreen(): void {
    if (document.fullscreenElement) void document.exitFullscreen()
    else void canvas.current?.requestFullscreen?.()
  }

  const panel = <SettingsPanel settings={settings} onSettings={(settings) => change({ settings })} models={models} />
  const facts = image && <Facts image={image} />
  const said = requests.problem ?? problem ?? reading.problem
  const unread = said !== null && said === reading.problem
  return (
    <Box sx={layout.page}>
      <Header health={health} reachable={reachable} jobs={jobs} />
      <Box component="main" sx={layout.columns}>
        <Box sx={layout.gallery}>
          <GalleryPanel
            gallery={gallery}
            jobs={all.filter((each) => isActive(each.status) || each.status === 'error')}
            shown={{ job: shown.job, picture: shown.picture ?? single }}
            onShow={look}
            onDelete={setDeleting}
          />
        </Box>
        <Box sx={layout.centre}>
          <Box className="work" sx={layout.work}>
            <Box sx={layout.canvas}>
              <Canvas
                ref={canvas}
                job={job}
                made={made}
                previewed={previewed}
                picture={image}
                empty={loaded && gallery.loaded && !job && gallery.total === 0 && !gallery.found}
                onOpen={(picture) => show({ picture })}
              >
                {image && (
                  <IconButton
                    aria-label="Full screen"
                    onClick={fullscreen}
                    sx={{ position: 'absolute', right: 8, bottom: 8, color: '#e8e8e8', bgcolor: '#0009', p: 0.75 }}
                  >
                    <FullscreenIcon />
                  </IconButton>
                )}
                {said && (
                  <Alert
                    severity="error"
                    variant="outlined"
                    icon={false}
                    role="alert"
                    action={
                      unread ? (
                        <Button color="inherit" onClick={reading.again} sx={{ whiteSpace: 'nowrap' }}>
                          Try again
                        </Button>
                      ) : (
                        <IconButton
                          aria-label="Close"
                          onClick={() => {
                            requests.dismiss()
                            setProblem(null)
                          }}
                          sx={{ color: 'inherit' }}
                        >
                          <CloseIcon />
                        </IconButton>
                      )
                    }
                    sx={{
                      position: 'absolute',
                      inset: 'auto 12px 12px',
                      bgcolor: '#0c0c0ce6',
                      color: '#f3b0a6',
                      py: 0,
                    }}
                  >
                    {said}
                  </Alert>
                )}
              </Canvas>
            </Box>
            <Box className="caption" sx={layout.caption}>
              <span className="visually-hidden" role="status">
                {job?.status === 'done' ? 'Finished' : ''}
              </span>
              {forming ? (
                <FormingCaption job={job} before={queuePosition(jobs, job.id)} />
              ) : image ? (
                <PictureCaption
                  image={image}
                  others={othersOf(image)}
                  onVariations={() => requests.send(variationsOf(image, MOST_PICTURES))}
                  onReuse={() => reuse(image)}
                  onDelete={() => setDeleting([image.id])}
                />
              ) : (
                <Typography variant="caption" color="textSecondary">
                  {ended(job, made.images.length)}
                </Typography>
              )}
            </Box>
            <Box sx={layout.dock}>
              <Dock
                prompt={prompt}
                onPrompt={(prompt) => change({ prompt })}
                onGenerate={() => requests.send(requestOf(prompt, settings))}
                sending={requests.sending}
                settings={wide ? undefined : { words: inWords(settings), open: () => setSheet(true) }}
              />
            </Box>
          </Box>
          {!wide && facts && <Box sx={layout.facts}>{facts}</Box>}
        </Box>
        {wide && (
          <Box sx={layout.right}>
            {panel}
            {facts}
          </Box>
        )}
      </Box>
      {!wide && (
        <Sheet open={sheet} onClose={() => setSheet(false)}>
          {panel}
        </Sheet>
      )}
      <ConfirmDelete
        what="picture"
        count={deleting.length}
        onDelete={() => void remove(deleting)}
        onKeep={() => setDeleting([])}
      />
    </Box>
  )
}

/** The settings, laid over the page: from below on a phone, else from the side. */
function Sheet({ open, onClose, children }: { open: boolean; onClose: () => void; children: React.ReactNode }) {
  const phone = useMediaQuery('(max-width: 759.98px)')
  return (
    <Drawer
      anchor={phone ? 'bottom' : 'right'}
      open={open}
      onClose={onClose}
      slotProps={{
        paper: {
          'aria-label': 'Settings',
          sx: {
            backgroundImage: 'none',
            ...(phone
              ? { maxHeight: '82vh', borderTopLeftRadius: 12, borderTopRightRadius: 12 }
              : { width: 'min(340px, 100vw)' }),
          },
        },
      }}
    >
      {children}
    </Drawer>
  )
}

function ended(job: Job | null, made: number): string {
  if (!job) return '\u00a0'
  const pictures = made === 1 ? '1 picture' : `${made} pictures`
  if (job.status === 'cancelled') return made > 0 ? `Cancelled after ${pictures}` : 'Cancelled'
  if (job.status === 'error') return made > 0 ? `Failed after ${pictures}` : 'No picture was made'
  return made > 1 ? `${pictures}; choose one to see what it is made of` : '\u00a0'
}

function tabTitle(job: Job | null, image: ImageView | null): string {
  const name = image?.prompt ?? job?.title
  const title = name ? `${name.length > 60 ? `${name.slice(0, 59)}…` : name} · Lucida` : 'Pictures · Lucida'
  return job?.status === 'processing' ? `${Math.round(job.progress * 100)}% ${title}` : title
}
