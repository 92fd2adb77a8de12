import Box from '@mui/material/Box'
import Typography from '@mui/material/Typography'
import { useEffect, useRef, useState } from 'react'
import { UploadIcon } from './icons'

export const ACCEPTED =
  '.heic,.heif,.hif,.avif,.jpg,.jpeg,.png,.webp,image/heic,image/heif,image/avif,image/jpeg,image/png,image/webp'

/** Takes photos by choosing, by dropping anywhere on the page, or from the clipboard. */
export function DropZone({ onFiles }: { onFiles: (files: File[]) => void }) {
  const input = useRef<HTMLInputElement>(null)
  const over = useDropAnywhere(onFiles)
  return (
    <>
      <Box
        component="button"
        type="button"
        data-over={over || undefined}
        onClick={() => input.current?.click()}
        sx={{
          all: 'unset',
          boxSizing: 'border-box',
          width: '100%',
          minHeight: 104,
          display: 'flex',
          flexDirection: 'column',
          alignItems: 'center',
          justifyContent: 'center',
          gap: 0.5,
          textAlign: 'center',
          cursor: 'pointer',
          borderRadius: 1,
          border: '1px dashed',
          borderColor: over ? 'primary.main' : 'text.disabled',
          bgcolor: over ? 'action.selected' : 'background.default',
          '&:hover': { borderColor: 'text.secondary' },
        }}
      >
        <UploadIcon sx={{ color: over ? 'primary.main' : 'text.secondary', fontSize: 22 }} />
        <Typography variant="body2" sx={{ fontWeight: 550 }}>
          {over ? 'Let go to begin' : 'Drop photos, or choose'}
        </Typography>
        <Typography variant="caption" color="textSecondary">
          HEIC, AVIF, JPEG, PNG or WebP
        </Typography>
      </Box>
      <input
        ref={input}
        type="file"
        multiple
        hidden
        accept={ACCEPTED}
        aria-label="Photos"
        onChange={(event) => {
          onFiles(Array.from(event.target.files ?? []))
          event.target.value = '' // so that the same photo can be chosen again
        }}
      />
    </>
  )
}

/** Whether files hover over the page; a drop anywhere, or a paste, is taken. */
export function useDropAnywhere(onFiles: (files: File[]) => void): boolean {
  const [over, setOver] = useState(false)
  const take = useRef(onFiles)
  take.current = onFiles
  useEffect(() => {
    let depth = 0
    const holdsFiles = (event: DragEvent) => event.dataTransfer?.types.includes('Files') ?? false
    const enter = (event: DragEvent) => {
      if (!holdsFiles(event)) return
      depth += 1
      setOver(true)
    }
    const leave = (event: DragEvent) => {
      if (!holdsFiles(event)) return
      depth = Math.max(0, depth - 1)
      if (depth === 0) setOver(false)
    }
    const hover = (event: DragEvent) => {
      if (holdsFiles(event)) event.preventDefault()
    }
    const drop = (event: DragEvent) => {
      if (!holdsFiles(event)) return
      event.preventDefault()
      depth = 0
      setOver(false)
      take.current(Array.from(event.dataTransfer?.files ?? []))
    }
    const paste = (event: ClipboardEvent) => {
      const files = Array.from(event.clipboardData?.files ?? [])
      if (files.length > 0) take.current(files)
    }
    addEventListener('dragenter', enter)
    addEventListener('dragleave', leave)
    addEventListener('dragover', hover)
    addEventListener('drop', drop)
    addEventListener('paste', paste)
    return () => {
      removeEventListener('dragenter', enter)
      removeEventListener('dragleave', leave)
      removeEventListener('dragover', hover)
      removeEventListener('drop', drop)
      removeEventListener('paste', paste)
    }
  }, [])
  return over
}
