import Box from '@mui/material/Box'
import { useState } from 'react'

interface Props {
  width: number
  height: number
  under?: string // shown until the picture is there
  url?: string
  alt: string
  onOpen?: () => void
}

const layer = { position: 'absolute', inset: 0, width: '100%', height: '100%', objectFit: 'contain' } as const

/** One picture in its own shape from the first moment on, so that nothing jumps while it becomes clear. */
export function Frame({ width, height, under, url, alt, onOpen }: Props) {
  const [clear, setClear] = useState<string | null>(null)
  const pictures = (
    <>
      {under && clear !== url && (
        <Box component="img" src={under} alt={url ? '' : alt} className="forming" sx={layer} />
      )}
      {url && (
        <Box
          component="img"
          src={url}
          alt={alt}
          className="finished"
          onLoad={() => setClear(url)}
          sx={{ ...layer, opacity: clear === url ? 1 : 0, transition: 'opacity .25s' }}
        />
      )}
    </>
  )
  const ratio = width / height
  const shape = {
    position: 'relative',
    aspectRatio: `${ratio}`,
    // The largest that fits into its share of the canvas, and not far beyond its own pixels.
    width: `min(100cqw / var(--columns) - 12px, (100cqh / var(--rows) - 12px) * ${ratio}, ${Math.max(width, 320)}px)`,
    bgcolor: '#161616',
    overflow: 'hidden',
    borderRadius: 0.5,
  } as const
  if (!onOpen) return <Box sx={shape}>{pictures}</Box>
  return (
    <Box component="button" type="button" onClick={onOpen} sx={{ all: 'unset', cursor: 'pointer', ...shape }}>
      {pictures}
    </Box>
  )
}
