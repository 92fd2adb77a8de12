import Box from '@mui/material/Box'
import { useEffect, useState } from 'react'

const WIDTH = 128
const made = new Map<string, Promise<string | null>>()
let line: Promise<unknown> = Promise.resolve()

/** A picture, small. Previews are 4096 pixels wide: a history of them, each decoded whole, would fill a phone. */
function thumbnail(url: string): Promise<string | null> {
  const known = made.get(url)
  if (known) return known
  const next = line
    .then(() => shrink(url))
    .catch(() => {
      made.delete(url) // what did not come is asked for again
      return null
    })
  line = next
  made.set(url, next)
  return next
}

async function shrink(url: string): Promise<string> {
  const blob = await (await fetch(url)).blob()
  const bitmap = await createImageBitmap(blob, { resizeWidth: WIDTH, resizeQuality: 'high' })
  const canvas = document.createElement('canvas')
  canvas.width = bitmap.width
  canvas.height = bitmap.height
  canvas.getContext('2d')!.drawImage(bitmap, 0, 0)
  bitmap.close()
  return canvas.toDataURL('image/jpeg', 0.85)
}

/** What is at an address, in a frame of a history's line. */
export function Thumbnail({ url }: { url: string | undefined }) {
  const [source, setSource] = useState<string | null>(null)
  useEffect(() => {
    let gone = false
    if (url) void thumbnail(url).then((small) => gone || setSource(small))
    return () => {
      gone = true
    }
  }, [url])
  const box = {
    width: 64,
    height: 32,
    borderRadius: 0.5,
    flexShrink: 0,
    objectFit: 'cover',
    bgcolor: 'background.default',
    border: 1,
    borderColor: 'divider',
  } as const
  return source && url ? <Box component="img" alt="" src={source} sx={box} /> : <Box sx={box} />
}
