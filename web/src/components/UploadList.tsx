import Alert from '@mui/material/Alert'
import Box from '@mui/material/Box'
import CircularProgress from '@mui/material/CircularProgress'
import Typography from '@mui/material/Typography'
import type { Uploads } from './useUploads'

/** What is being sent, and what was refused. */
export function UploadList({ uploads }: { uploads: Uploads }) {
  return (
    <Box
      aria-live="polite"
      sx={{ display: 'grid', gridTemplateColumns: 'minmax(0, 1fr)', gap: 0.75, mt: uploads.list.length > 0 ? 1 : 0 }}
    >
      {uploads.list.map((one) =>
        one.error === null ? (
          <Box key={one.key} sx={{ display: 'flex', alignItems: 'center', gap: 1, minWidth: 0 }}>
            <CircularProgress size={12} aria-hidden />
            <Typography variant="caption" noWrap>
              Sending {one.name}
            </Typography>
          </Box>
        ) : (
          <Alert
            key={one.key}
            severity="error"
            variant="outlined"
            icon={false}
            role="alert"
            onClose={() => uploads.dismiss(one.key)}
            sx={{ py: 0, px: 1.25, fontSize: '0.75rem', overflowWrap: 'anywhere' }}
          >
            <strong>{one.name}</strong>
            <br />
            {one.error}
          </Alert>
        ),
      )}
    </Box>
  )
}
