import Box from '@mui/material/Box'
import Button from '@mui/material/Button'
import OutlinedInput from '@mui/material/OutlinedInput'
import Typography from '@mui/material/Typography'
import { type FormEvent, useState } from 'react'
import { ApiError, signIn } from '../api'
import { belongTo } from '../kept'

/** Asks for a token; the browser then keeps a cookie, and this page nothing. */
export function SignIn() {
  const [token, setToken] = useState('')
  const [asking, setAsking] = useState(false)
  const [problem, setProblem] = useState<string | null>(null)

  async function send(event: FormEvent): Promise<void> {
    event.preventDefault()
    setAsking(true)
    setProblem(null)
    try {
      belongTo((await signIn(token.trim())).user)
      location.reload()
    } catch (error) {
      if (!(error instanceof ApiError)) throw error
      setProblem(error.message)
      setAsking(false)
    }
  }

  return (
    <Box sx={{ minHeight: '100%', display: 'grid', placeContent: 'center', bgcolor: 'background.default', p: 2 }}>
      <Box
        component="form"
        onSubmit={(event) => void send(event)}
        aria-labelledby="sign-in"
        sx={{ width: 'min(360px, calc(100vw - 32px))', display: 'grid', gap: 1.5, color: 'text.primary' }}
      >
        <Typography id="sign-in" variant="h1" component="h1">
          Sign in to Lucida
        </Typography>
        <Typography variant="body2" color="textSecondary">
          This server asks for a token. Who runs it makes one with <code>lucida users add</code>.
        </Typography>
        <Box sx={{ display: 'grid', gap: 0.75 }}>
          <Typography variant="caption" component="label" htmlFor="token">
            Token
          </Typography>
          <OutlinedInput
            id="token"
            type="password"
            size="small"
            autoFocus
            required
            autoComplete="current-password"
            value={token}
            onChange={(event) => setToken(event.target.value)}
            error={problem !== null}
            inputProps={{ spellCheck: false, 'aria-describedby': problem ? 'token-problem' : undefined }}
          />
        </Box>
        {problem && (
          <Typography variant="caption" id="token-problem" color="error" role="alert">
            {problem}
          </Typography>
        )}
        <Button type="submit" variant="contained" disabled={asking}>
          Sign in
        </Button>
      </Box>
    </Box>
  )
}
