import Box from '@mui/material/Box'
import { follow, type Path, usePath } from '../route'

// The first word of two has no room on a phone.
const STUDIOS: [path: Path, ...name: string[]][] = [
  ['/', 'Panoramas'],
  ['/images', 'Pictures'],
  ['/clouds', 'Point', 'clouds'],
  ['/splats', 'Splats'],
]

/** The way from studio to studio. */
export function Studios() {
  const here = usePath()
  return (
    <Box
      component="nav"
      aria-label="Studios"
      sx={{
        display: 'flex',
        gap: { xs: 0, sm: 0.25 },
        height: '100%',
        ml: { xs: 0, sm: 1 },
        minWidth: 0,
        overflowX: 'auto', // where there is no room for all of them
        scrollbarWidth: 'none',
      }}
    >
      {STUDIOS.map(([path, first, second]) => (
        <Box
          key={path}
          component="a"
          href={path}
          aria-current={path === here ? 'page' : undefined}
          onClick={follow}
          sx={{
            display: 'flex',
            alignItems: 'center',
            px: { xs: 0.75, sm: 1 },
            fontSize: '0.8125rem',
            fontWeight: 500,
            textDecoration: 'none',
            color: 'text.secondary',
            borderBlock: '2px solid transparent',
            '&:hover': { color: 'text.primary' },
            '&[aria-current]': { color: 'text.primary', borderBottomColor: 'primary.main' },
            '&:focus-visible': { outlineOffset: '-4px !important' },
          }}
        >
          {second ? (
            <>
              <Box component="span" sx={{ display: { xs: 'none', sm: 'inline' }, whiteSpace: 'pre' }}>
                {first}{' '}
              </Box>
              <Box component="span" sx={{ textTransform: { xs: 'capitalize', sm: 'none' } }}>
                {second}
              </Box>
            </>
          ) : (
            first
          )}
        </Box>
      ))}
    </Box>
  )
}
