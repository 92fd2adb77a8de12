import Box from '@mui/material/Box'
import Typography from '@mui/material/Typography'

export type Fact = [name: string, value: string, why?: string]

/** What somebody said a thing was to be, what whoever made it notes, and what is known of it. */
export function FactList({
  words,
  notes,
  facts,
  wide,
}: {
  words: string
  notes: string[]
  facts: Fact[]
  wide: number
}) {
  return (
    <>
      {words && (
        <Typography variant="body2" sx={{ whiteSpace: 'pre-wrap', overflowWrap: 'anywhere', mb: 1 }}>
          {words}
        </Typography>
      )}
      {notes.length > 0 && (
        <Box component="ul" aria-label="Notes" sx={{ m: 0, mb: 1.25, pl: 2, color: 'text.secondary' }}>
          {notes.map((note) => (
            <Typography key={note} component="li" variant="caption" sx={{ display: 'list-item' }}>
              {note}
            </Typography>
          ))}
        </Box>
      )}
      <Box
        component="dl"
        sx={{
          m: 0,
          display: 'grid',
          gridTemplateColumns: `${wide}px minmax(0, 1fr)`,
          columnGap: 1.25,
          rowGap: 0.5,
        }}
      >
        {facts.map(([name, value, why]) => (
          <Box key={name} sx={{ display: 'contents' }}>
            <Typography component="dt" variant="caption" color="textSecondary">
              {name}
            </Typography>
            <Box component="dd" sx={{ m: 0, overflowWrap: 'anywhere' }}>
              <Typography variant="caption" component="div" className="number">
                {value}
              </Typography>
              {why && (
                <Typography variant="caption" component="div" color="textSecondary">
                  {why}
                </Typography>
              )}
            </Box>
          </Box>
        ))}
      </Box>
    </>
  )
}
