// As the panoramas' columns: what is made, the cloud, how it is looked at; one column on a phone, cloud before history.

import { layout as page } from '../layout'

const WIDE = '@media (min-width: 1180px)'
const MIDDLE = '@media (min-width: 760px) and (max-width: 1179.98px)'
const NARROW = '@media (max-width: 759.98px)'

const column = { minWidth: 0, overflowY: 'auto', overscrollBehavior: 'contain', scrollbarWidth: 'thin' } as const
const edge = { bgcolor: 'background.paper', borderColor: 'divider' } as const

export const layout = {
  page: page.page,
  columns: {
    display: 'grid',
    minHeight: 0,
    [WIDE]: { gridTemplateColumns: '316px minmax(0, 1fr) 320px' },
    [MIDDLE]: {
      gridTemplateColumns: '300px minmax(0, 1fr)',
      gridTemplateRows: 'minmax(420px, 66vh) auto minmax(0, 1fr)',
      overflowY: 'auto',
    },
    [NARROW]: { display: 'flex', flexDirection: 'column' },
  },
  left: {
    ...edge,
    [WIDE]: { ...column, borderRight: 1, borderColor: 'divider' },
    [MIDDLE]: { gridRow: '1 / 4', borderRight: 1, borderColor: 'divider' },
    [NARROW]: {
      display: 'contents',
      '& > *': { bgcolor: 'background.paper' },
      '& > .history': { order: 6 },
    },
  },
  centre: {
    [WIDE]: { minWidth: 0, minHeight: 0, display: 'grid', gridTemplateRows: 'minmax(0, 1fr) auto' },
    [MIDDLE]: { display: 'contents' },
    [NARROW]: { display: 'contents' },
  },
  canvas: {
    position: 'relative',
    minHeight: 0,
    minWidth: 0,
    [NARROW]: { order: 2, height: 'min(100vw, 62vh)', minHeight: 260 },
  },
  caption: {
    display: 'flex',
    flexWrap: 'wrap',
    alignItems: 'center',
    columnGap: 1,
    px: 2,
    py: 0.75,
    minHeight: 54, // the same whatever it says
    minWidth: 0,
    borderTop: 1,
    borderColor: 'divider',
    bgcolor: 'background.paper',
    [MIDDLE]: { borderBottom: 1, borderColor: 'divider' },
    [NARROW]: { order: 3, borderBottom: 1, borderColor: 'divider' },
  },
  right: {
    ...edge,
    [WIDE]: { ...column, borderLeft: 1, borderColor: 'divider' },
    [MIDDLE]: { minWidth: 0 },
    [NARROW]: { order: 4 },
  },
} as const
