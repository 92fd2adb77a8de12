import Box from '@mui/material/Box'
import ButtonBase from '@mui/material/ButtonBase'
import IconButton from '@mui/material/IconButton'
import Typography from '@mui/material/Typography'
import { useEffect, useRef, useState } from 'react'
import { ACCEPTED, useDropAnywhere } from '../components/DropZone'
import { CloseIcon, UploadIcon } from '../components/icons'

interface Props {
  picture: File | null
  onFiles: (files: File[]) => void
  onRemove: () => void
}

/** A picture instead of one that is painted: chosen, dropped anywhere on the page, or pasted. */
export function PictureField({ picture, onFiles, onRemove }: Props) {
  const input = useRef<HTMLInputElement>(null)
  const over = useDropAnywhere(onFiles)
  return (
    <Box
      className="picture-field"
      data-over={over || undefined}
      sx={{
        display: 'flex',
        alignItems: 'center',
        mt: 1.25,
        minHeight: 52,
        borderRadius: 1,
        border: '1px dashed',
        borderColor: over ? 'primary.main' : 'text.disabled',
        bgcolor: over ? 'action.selected' : 'background.default',
        '&:hover': { borderColor: 'text.secondary' },
      }}
    >
      <ButtonBase
        onClick={() => input.current?.click()}
        sx={{ flex: 1, minWidth: 0, minHeight: 50, gap: 1.25, px: 1.25, py: 0.75, justifyContent: 'flex-start' }}
      >
        {picture && !over ? (
          <>
            <Sight picture={picture} />
            <Typography variant="caption" noWrap sx={{ fontWeight: 550 }}>
              {picture.name}
            </Typography>
          </>
        ) : (
          <>
            <UploadIcon sx={{ color: over ? 'primary.main' : 'text.secondary', fontSize: 20 }} />
            <Box sx={{ textAlign: 'left' }}>
              <Typography variant="caption" component="div" sx={{ fontWeight: 550 }}>
                {over ? 'Let go to take it' : 'Or drop a picture, choose, paste'}
              </Typography>
              <Typography variant="caption" component="div" color="textSecondary">
                HEIC, AVIF, JPEG, PNG or WebP
              </Typography>
            </Box>
          </>
        )}
      </ButtonBase>
      {picture && (
        <IconButton aria-label={`Remove ${picture.name}`} onClick={onRemove} sx={{ mr: 0.5, color: 'text.secondary' }}>
          <CloseIcon sx={{ fontSize: 16 }} />
        </IconButton>
      )}
      <input
        ref={input}
        type="file"
        hidden
        accept={ACCEPTED}
        aria-label="Picture"
        onChange={(event) => {
          onFiles(Array.from(event.target.files ?? []))
          event.target.value = '' // so that the same picture can be chosen again
        }}
      />
    </Box>
  )
}

/** The picture, small; nothing where the browser cannot show it, as most cannot show HEIC. */
function Sight({ picture }: { picture: File }) {
  const [url, setUrl] = useState<string | null>(null)
  useEffect(() => {
    const made = URL.createObjectURL(picture)
    setUrl(made)
    return () => URL.revokeObjectURL(made)
  }, [picture])
  if (!url) return null
  return (
    <Box
      component="img"
      src={url}
      alt=""
      onError={() => setUrl(null)}
      sx={{ width: 64, height: 36, objectFit: 'cover', borderRadius: 0.5, flexShrink: 0 }}
    />
  )
}
