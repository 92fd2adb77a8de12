import Box from '@mui/material/Box'
import IconButton from '@mui/material/IconButton'
import Tooltip from '@mui/material/Tooltip'
import Typography from '@mui/material/Typography'
import { useColorScheme } from '@mui/material/styles'
import type { Health, JobStatus } from '../api'
import type { Jobs } from '../jobs/events'
import { ContrastIcon, MoonIcon, SunIcon } from './icons'
import { SignOut } from './SignOut'
import { Studios } from './Studios'

const NEXT = { system: 'light', light: 'dark', dark: 'system' } as const
const ICON = { system: ContrastIcon, light: SunIcon, dark: MoonIcon }

function ThemeButton() {
  const { mode = 'system', setMode } = useColorScheme()
  const Icon = ICON[mode]
  const label = `Appearance: ${mode}. Switch to ${NEXT[mode]}`
  return (
    <Tooltip title={label}>
      <IconButton aria-label={label} onClick={() => setMode(NEXT[mode])}>
        <Icon />
      </IconButton>
    </Tooltip>
  )
}

/** The name, the studios, what paints here, the appearance, and the way out. */
export function Header({ health, reachable, jobs }: { health: Health | null; reachable: boolean; jobs: Jobs }) {
  const painter = health?.engines.painter
  const working = busy(jobs)
  return (
    <Box
      component="header"
      sx={{
        height: 48,
        px: 2,
        display: 'flex',
        alignItems: 'center',
        gap: 1.25,
        borderBottom: 1,
        borderColor: 'divider',
        bgcolor: 'background.paper',
      }}
    >
      <Box component="img" src="/favicon.svg" alt="" sx={{ width: 20, height: 20 }} />
      <Typography variant="h1" component="h1" sx={{ display: { xs: 'none', sm: 'block' } }}>
        Lucida
      </Typography>
      <Studios />
      <Box sx={{ flex: 1 }} />
      <Typography
        variant="caption"
        color={reachable ? 'textSecondary' : 'error'}
        noWrap
        sx={{ minWidth: 0, flexShrink: 1000 }}
      >
        {reachable ? working.join(' · ') : 'The server does not answer'}
        {reachable && painter && (
          <Box component="span" sx={working.length > 0 ? { display: { xs: 'none', sm: 'inline' } } : undefined}>
            {working.length > 0 && ' · '}painter: {painter.name}
          </Box>
        )}
      </Typography>
      <ThemeButton />
      <SignOut />
    </Box>
  )
}

function busy(jobs: Jobs): string[] {
  const count = (status: JobStatus) => Object.values(jobs.byId).filter((job) => job.status === status).length
  const [running, waiting] = [count('processing'), count('queued')]
  return [running > 0 ? `${running} running` : '', waiting > 0 ? `${waiting} waiting` : ''].filter(Boolean)
}
