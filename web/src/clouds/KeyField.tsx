import OutlinedInput from '@mui/material/OutlinedInput'
import Typography from '@mui/material/Typography'
import { useId } from 'react'
import { Row } from '../components/Row'

/** The visitor's own key, which the page holds until it is sent and nobody keeps. */
export function KeyField({ apiKey, onKey }: { apiKey: string; onKey: (key: string) => void }) {
  const id = useId()
  return (
    <>
      <Row label="API key" htmlFor={id}>
        <OutlinedInput
          id={id}
          size="small"
          value={apiKey}
          onChange={(event) => onKey(event.target.value)}
          placeholder="sk-…"
          autoComplete="off"
          inputProps={{
            autoCapitalize: 'off',
            autoCorrect: 'off',
            spellCheck: false,
            'data-1p-ignore': true,
            'data-lpignore': 'true',
            'aria-describedby': `${id}-what`,
          }}
          // Not a password field: browsers offer to keep what is in one.
          sx={{ fontSize: '0.75rem', '& input': { px: 1, py: 0.6, WebkitTextSecurity: apiKey ? 'disc' : 'none' } }}
        />
      </Row>
      <Typography id={`${id}-what`} variant="caption" color="textSecondary" component="p" sx={{ mt: 0.25, mb: 0 }}>
        Your own OpenAI key. It is sent once with this request and kept nowhere.
      </Typography>
    </>
  )
}
