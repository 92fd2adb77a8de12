import Box from '@mui/material/Box'
import { type KeyboardEvent, useRef, useState } from 'react'
import { CheckIcon } from '../components/icons'
import type { HistoryImage } from './api'
import { stepped } from './gallery'

interface Props {
  images: HistoryImage[]
  current: string | null
  selected: ReadonlyMap<string, HistoryImage> | null // null where nothing is being selected
  onChoose: (image: HistoryImage) => void
}

/** Thumbnails in a grid: one stop for Tab, the arrows go from one to the next. */
export function Tiles({ images, current, selected, onChoose }: Props) {
  const list = useRef<HTMLUListElement>(null)
  const [at, setAt] = useState(0)
  const stop = Math.min(at, images.length - 1)

  function key(event: KeyboardEvent): void {
    const tiles = [...list.current!.querySelectorAll('button')]
    const columns = tiles.filter((tile) => tile.offsetTop === tiles[0]!.offsetTop).length
    const to = stepped(event.key, stop, columns, tiles.length)
    if (to === null || event.altKey || event.ctrlKey || event.metaKey) return
    event.preventDefault()
    setAt(to)
    tiles[to]!.focus()
  }

  return (
    <Box
      component="ul"
      ref={list}
      aria-label="Pictures"
      onKeyDown={key}
      sx={{
        listStyle: 'none',
        m: 0,
        p: 0,
        display: 'grid',
        gridTemplateColumns: 'repeat(auto-fill, minmax(84px, 1fr))',
        gap: 0.75,
      }}
    >
      {images.map((image, index) => (
        <li key={image.id}>
          <Box
            component="button"
            type="button"
            tabIndex={index === stop ? 0 : -1}
            aria-label={image.prompt}
            title={image.prompt}
            {...(selected
              ? { 'aria-pressed': selected.has(image.id) }
              : { 'aria-current': image.id === current || undefined })}
            onFocus={() => setAt(index)}
            onClick={() => onChoose(image)}
            sx={{
              all: 'unset',
              boxSizing: 'border-box',
              position: 'relative',
              display: 'block',
              width: '100%',
              aspectRatio: '1',
              cursor: 'pointer',
              borderRadius: 0.75,
              overflow: 'hidden',
              bgcolor: 'background.default',
              boxShadow: 'inset 0 0 0 1px var(--mui-palette-divider)',
              '&:hover': { bgcolor: 'action.selected' },
              '&[aria-current], &[aria-pressed=true]': { boxShadow: 'inset 0 0 0 2px var(--mui-palette-primary-main)' },
            }}
          >
            <Box
              component="img"
              src={image.thumbnailUrl}
              alt=""
              loading="lazy"
              sx={{ position: 'absolute', inset: 3, width: 'calc(100% - 6px)', height: 'calc(100% - 6px)' }}
              style={{ objectFit: 'contain' }}
            />
            {selected && <Mark on={selected.has(image.id)} />}
          </Box>
        </li>
      ))}
    </Box>
  )
}

function Mark({ on }: { on: boolean }) {
  return (
    <Box
      component="span"
      aria-hidden
      sx={{
        position: 'absolute',
        top: 6,
        left: 6,
        width: 18,
        height: 18,
        display: 'grid',
        placeItems: 'center',
        borderRadius: '50%',
        border: '1.5px solid #fff',
        bgcolor: on ? 'primary.main' : '#0009',
        color: 'primary.contrastText',
        boxShadow: '0 0 0 1px #0008',
      }}
    >
      {on && <CheckIcon sx={{ fontSize: 13 }} />}
    </Box>
  )
}
