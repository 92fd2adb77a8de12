// Gallery, canvas with the dock, settings; the settings become a sheet where there is less room; one column on a phone.

import { layout as page } from '../layout'

export const WIDE = '@media (min-width: 1180px)'
const MIDDLE = '@media (min-width: 760px) and (max-width: 1179.98px)'
const NARROW = '@media (max-width: 759.98px)'

const column = { minWidth: 0, overflowY: 'auto', overscrollBehavior: 'contain', scrollbarWidth: 'thin' } as const
const paper = { bgcolor: 'background.paper' } as const

export const layout = {
  page: page.page,
  columns: {
    display: 'grid',
    minHeight: 0,
    [WIDE]: { gridTemplateColumns: '300px minmax(0, 1fr) 332px' },
    [MIDDLE]: { gridTemplateColumns: '236px minmax(0, 1fr)' },
    [NARROW]: { display: 'flex', flexDirection: 'column' },
  },
  gallery: {
    ...paper,
    [WIDE]: { ...column, borderRight: 1, borderColor: 'divider' },
    [MIDDLE]: { ...column, borderRight: 1, borderColor: 'divider' },
    [NARROW]: { order: 4, borderTop: 1, borderColor: 'divider', flex: 1 },
  },
  centre: {
    [WIDE]: { ...column, '& > .work': { height: '100%' } },
    [MIDDLE]: { ...column, '& > .work': { height: '100%' } },
    [NARROW]: { display: 'contents' },
  },
  work: {
    display: 'grid',
    gridTemplateRows: 'minmax(0, 1fr) auto auto',
    [NARROW]: { display: 'contents' },
  },
  canvas: {
    position: 'relative',
    minHeight: 0,
    [NARROW]: { order: 1, height: 'min(100vw, 58vh)', minHeight: 260 },
  },
  caption: {
    display: 'flex',
    flexWrap: 'wrap',
    alignItems: 'center',
    columnGap: 1,
    px: 2,
    py: 0.75,
    minHeight: 54, // the same whatever it says
    borderBottom: 1,
    borderColor: 'divider',
    bgcolor: 'background.paper',
    [NARROW]: { order: 2 },
  },
  dock: {
    p: 1.5,
    [NARROW]: {
      order: 5,
      p: 1,
      position: 'sticky',
      bottom: 0,
      zIndex: 2,
      bgcolor: 'background.default',
      borderTop: 1,
      borderColor: 'divider',
    },
  },
  facts: { [MIDDLE]: { ...paper, borderTop: 1, borderColor: 'divider' }, [NARROW]: { ...paper, order: 3 } },
  right: { ...paper, ...column, borderLeft: 1, borderColor: 'divider' },
} as const
