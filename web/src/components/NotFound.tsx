import Box from '@mui/material/Box'
import Typography from '@mui/material/Typography'
import { useEffect } from 'react'
import { Studios } from './Studios'

/** What stands at an address that has no page. */
export function NotFound() {
  useEffect(() => {
    document.title = 'No such page · Lucida'
  }, [])
  return (
    <Box sx={{ minHeight: '100%', display: 'grid', placeContent: 'center', justifyItems: 'center', gap: 1, p: 2 }}>
      <Typography variant="h1" component="h1">
        There is no page at this address
      </Typography>
      <Box sx={{ height: 40 }}>
        <Studios />
      </Box>
    </Box>
  )
}
