import Box from '@mui/material/Box'
import Button from '@mui/material/Button'
import Typography from '@mui/material/Typography'
import { useState } from 'react'
import { ApiError } from '../api'
import type { HistoryImage } from './api'
import { download } from './download'

interface Props {
  selected: HistoryImage[]
  onAll: () => void
  onDelete: (ids: string[]) => void
}

/** What can be done with the pictures that are selected. */
export function Selection({ selected, onAll, onDelete }: Props) {
  const [packed, setPacked] = useState<number | null>(null)
  const [problem, setProblem] = useState<string | null>(null)
  const none = selected.length === 0

  async function take(): Promise<void> {
    setPacked(0)
    setProblem(null)
    try {
      await download(
        selected.map((image) => image.imageUrl),
        setPacked,
      )
    } catch (error) {
      if (!(error instanceof ApiError)) throw error
      setProblem(error.message)
    } finally {
      setPacked(null)
    }
  }

  return (
    <Box role="group" aria-label="Selected pictures" sx={{ mb: 1.25 }}>
      <Box sx={{ display: 'flex', alignItems: 'center' }}>
        <Typography variant="caption" role="status" sx={{ flex: 1, whiteSpace: 'nowrap' }}>
          {packed === null ? `${selected.length} selected` : `Packing ${packed} of ${selected.length}`}
        </Typography>
        <Button color="inherit" onClick={onAll} sx={{ minWidth: 0 }}>
          All
        </Button>
        <Button color="inherit" disabled={none || packed !== null} onClick={() => void take()} sx={{ minWidth: 0 }}>
          Download
        </Button>
        <Button
          color="inherit"
          disabled={none}
          onClick={() => onDelete(selected.map((image) => image.id))}
          sx={{ minWidth: 0 }}
        >
          Delete
        </Button>
      </Box>
      {problem && (
        <Typography variant="caption" color="error" role="alert">
          {problem}
        </Typography>
      )}
    </Box>
  )
}
