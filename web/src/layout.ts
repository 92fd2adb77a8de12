// Three columns that scroll each for itself; two where there is less room; one on a phone, picture before history.

const WIDE = '@media (min-width: 1180px)'
const MIDDLE = '@media (min-width: 760px) and (max-width: 1179.98px)'
const NARROW = '@media (max-width: 759.98px)'

const column = { minWidth: 0, overflowY: 'auto', overscrollBehavior: 'contain', scrollbarWidth: 'thin' } as const
const edge = { bgcolor: 'background.paper', borderColor: 'divider' } as const

export const layout = {
  page: {
    display: 'grid',
    gridTemplateColumns: 'minmax(0, 1fr)',
    gridTemplateRows: '48px minmax(0, 1fr)',
    height: '100%',
    bgcolor: 'background.default',
    color: 'text.primary',
    [NARROW]: { height: 'auto', minHeight: '100%' },
  },
  columns: {
    display: 'grid',
    minHeight: 0,
    [WIDE]: { gridTemplateColumns: '316px minmax(0, 1fr) 344px' },
    [MIDDLE]: { gridTemplateColumns: '300px minmax(0, 1fr)', gridTemplateRows: 'auto auto', overflowY: 'auto' },
    [NARROW]: { display: 'flex', flexDirection: 'column' },
  },
  left: {
    ...edge,
    [WIDE]: { ...column, borderRight: 1, borderColor: 'divider' },
    [MIDDLE]: { gridRow: '1 / 3', borderRight: 1, borderColor: 'divider' },
    [NARROW]: {
      display: 'contents',
      '& > *': { bgcolor: 'background.paper' },
      '& > .job': { order: 3 },
      '& > .history': { order: 6 },
    },
  },
  centre: {
    [WIDE]: column,
    [MIDDLE]: { minWidth: 0 },
    [NARROW]: { display: 'contents', '& > .about': { order: 5 } },
  },
  picture: {
    minHeight: 0,
    // The same while a job runs and after it, so that nothing jumps.
    [WIDE]: { height: 'max(320px, calc(100% - 196px))', '&[data-alone]': { height: '100%' } },
    [MIDDLE]: { aspectRatio: '16 / 10' },
    [NARROW]: { order: 2, height: '64vw', minHeight: 220, maxHeight: 420 },
  },
  right: {
    ...edge,
    [WIDE]: { ...column, borderLeft: 1, borderColor: 'divider' },
    [MIDDLE]: { minWidth: 0, borderTop: 1, borderColor: 'divider' },
    [NARROW]: { order: 4, borderTop: 1, borderColor: 'divider' },
  },
} as const
