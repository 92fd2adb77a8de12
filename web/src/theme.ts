import { createTheme } from '@mui/material/styles'

// Surfaces are neutral greys, equal in red, green and blue: a tinted frame would tint what is judged inside it.
// One warm colour says where to act and how far things are.

const sans = "'Inter Variable', system-ui, sans-serif"

export const theme = createTheme({
  cssVariables: { colorSchemeSelector: 'data-theme' },
  colorSchemes: {
    dark: {
      palette: {
        primary: { main: '#e2a64a', contrastText: '#171717' },
        error: { main: '#f08a7c' },
        success: { main: '#8fbf8a' },
        background: { default: '#131313', paper: '#1b1b1b' },
        divider: '#303030',
        text: { primary: '#ececec', secondary: '#a3a3a3' },
        action: { hover: '#ffffff10', selected: '#ffffff1c' },
      },
    },
    light: {
      palette: {
        primary: { main: '#8a5a00', contrastText: '#ffffff' },
        error: { main: '#b3261e' },
        success: { main: '#2f6b2f' },
        background: { default: '#ededed', paper: '#fafafa' },
        divider: '#d4d4d4',
        text: { primary: '#1a1a1a', secondary: '#5c5c5c' },
        action: { hover: '#0000000a', selected: '#00000014' },
      },
    },
  },
  shape: { borderRadius: 6 },
  spacing: 8,
  typography: {
    fontFamily: sans,
    fontSize: 13,
    htmlFontSize: 16,
    button: { textTransform: 'none', fontWeight: 550, letterSpacing: 0 },
    body1: { fontSize: '0.875rem', lineHeight: 1.5 },
    body2: { fontSize: '0.8125rem', lineHeight: 1.5 },
    caption: { fontSize: '0.75rem', lineHeight: 1.45 },
    h1: { fontSize: '0.9375rem', fontWeight: 620, letterSpacing: '-0.01em' },
    h2: { fontSize: '0.8125rem', fontWeight: 600, letterSpacing: 0 },
  },
  components: {
    MuiButtonBase: { defaultProps: { disableRipple: true } },
    MuiButton: { defaultProps: { size: 'small', disableElevation: true } },
    MuiIconButton: { defaultProps: { size: 'small' } },
    MuiTooltip: { defaultProps: { enterDelay: 500, arrow: false } },
    MuiSlider: {
      defaultProps: { size: 'small' },
      styleOverrides: {
        root: { paddingBlock: 11 },
        rail: { opacity: 1, backgroundColor: 'var(--mui-palette-divider)' },
        thumb: { width: 12, height: 12, boxShadow: 'none' },
      },
    },
    MuiToggleButton: {
      defaultProps: { size: 'small' },
      styleOverrides: { root: { textTransform: 'none', paddingBlock: 3, fontWeight: 500 } },
    },
  },
})
