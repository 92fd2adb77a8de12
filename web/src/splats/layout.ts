// As the point clouds' columns: the file, the scene, how it is looked at and saved; one column on a phone.

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
      gridTemplateRows: 'minmax(420px, 66vh) minmax(0, 1fr)',
      overflowY: 'auto',
    },
    [NARROW]: { display: 'flex', flexDirection: 'column' },
  },
  left: {
    ...edge,
    [WIDE]: { ...column, borderRight: 1, borderColor: 'divider' },
    [MIDDLE]: { gridRow: '1 / 3', borderRight: 1, borderColor: 'divider' },
    [NARROW]: {
      display: 'contents',
      '& > *': { bgcolor: 'background.paper' },
      '& > .about': { order: 4 },
    },
  },
  canvas: {
    position: 'relative',
    minHeight: 0,
    minWidth: 0,
    [NARROW]: { order: 2, height: 'min(100vw, 62vh)', minHeight: 260 },
  },
  right: {
    ...edge,
    [WIDE]: { ...column, borderLeft: 1, borderColor: 'divider' },
    [MIDDLE]: { minWidth: 0, borderTop: 1, borderColor: 'divider' },
    [NARROW]: { order: 3, borderTop: 1, borderColor: 'divider' },
  },
} as const
