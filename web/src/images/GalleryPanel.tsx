import Box from '@mui/material/Box'
import Button from '@mui/material/Button'
import OutlinedInput from '@mui/material/OutlinedInput'
import Typography from '@mui/material/Typography'
import { useEffect, useRef, useState } from 'react'
import { Section } from '../components/Section'
import type { Job } from '../jobs/events'
import type { HistoryImage } from './api'
import { JobTile } from './JobTile'
import { Selection } from './Selection'
import { Tiles } from './Tiles'
import type { Gallery } from './useGallery'
import type { Shown } from './useShown'

interface Props {
  gallery: Gallery
  jobs: Job[] // that have made no picture yet, and are not shown among them
  shown: Shown
  onShow: (shown: Partial<Shown>) => void
  onDelete: (ids: string[]) => void
}

/** The pictures that are kept, newest first, to be searched, looked at, downloaded and deleted. */
export function GalleryPanel({ gallery, jobs, shown, onShow, onDelete }: Props) {
  const [selected, setSelected] = useState<ReadonlyMap<string, HistoryImage> | null>(null)
  const { images, total, search, found, loaded, problem } = gallery

  // What is deleted is selected no longer.
  useEffect(() => {
    if (selected?.size && [...selected.keys()].every((id) => !images.some((image) => image.id === id)))
      setSelected(null)
  }, [images, selected])

  function toggle(image: HistoryImage): void {
    setSelected((now) => {
      const next = new Map(now)
      if (!next.delete(image.id)) next.set(image.id, image)
      return next
    })
  }

  return (
    <Section
      title="Gallery"
      className="gallery"
      aside={
        total > 0 && (
          <>
            <Typography variant="caption" color="textSecondary" className="number" sx={{ mr: 0.5 }}>
              {total}
            </Typography>
            <Button
              color="inherit"
              onClick={() => setSelected(selected ? null : new Map())}
              sx={{ py: 0.25, minWidth: 0 }}
            >
              {selected ? 'Done' : 'Select'}
            </Button>
          </>
        )
      }
    >
      <OutlinedInput
        type="search"
        size="small"
        fullWidth
        placeholder="Search prompts"
        value={search}
        onChange={(event) => gallery.setSearch(event.target.value)}
        inputProps={{ 'aria-label': 'Search pictures' }}
        sx={{ fontSize: '0.8125rem', mb: 1.25, '& input': { px: 1, py: 0.7 } }}
      />
      {selected && (
        <Selection
          selected={[...selected.values()]}
          onAll={() => setSelected(new Map(images.map((image) => [image.id, image])))}
          onDelete={onDelete}
        />
      )}
      {jobs.length > 0 && (
        <Box component="ul" aria-label="In the making" sx={{ listStyle: 'none', m: 0, mb: 1, p: 0 }}>
          {jobs.map((job) => (
            <JobTile key={job.id} job={job} chosen={shown.job === job.id} onShow={() => onShow({ job: job.id })} />
          ))}
        </Box>
      )}
      <Tiles
        images={images}
        current={shown.picture}
        selected={selected}
        onChoose={(image) => (selected ? toggle(image) : onShow({ picture: image.id }))}
      />
      {problem && (
        <Typography variant="caption" color="error" role="alert">
          {problem}
        </Typography>
      )}
      {loaded && images.length === 0 && (
        <Typography variant="caption" color="textSecondary" component="p" sx={{ m: 0 }}>
          {found ? `No prompt holds “${found}”.` : 'Every picture that is made is kept here.'}
        </Typography>
      )}
      {images.length < total && <End key={images.length} reached={gallery.more} />}
    </Section>
  )
}

/** Asks for more as soon as it comes near to being seen. */
function End({ reached }: { reached: () => void }) {
  const end = useRef<HTMLDivElement>(null)
  const ask = useRef(reached)
  ask.current = reached
  useEffect(() => {
    const observer = new IntersectionObserver(
      (entries) => entries.some((entry) => entry.isIntersecting) && ask.current(),
      { rootMargin: '400px' },
    )
    observer.observe(end.current!)
    return () => observer.disconnect()
  }, [])
  return (
    <Box ref={end} sx={{ display: 'grid', justifyItems: 'center', pt: 1 }}>
      <Button color="inherit" onClick={reached} sx={{ color: 'text.secondary' }}>
        Older
      </Button>
    </Box>
  )
}
