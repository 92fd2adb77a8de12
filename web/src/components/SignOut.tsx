import IconButton from '@mui/material/IconButton'
import Tooltip from '@mui/material/Tooltip'
import { useEffect, useState } from 'react'
import { ApiError, getSession, signOut } from '../api'
import { forget } from '../kept'
import { SignOutIcon } from './icons'

/** The way out, for who has signed in; nothing where nobody has to. */
export function SignOut() {
  const [user, setUser] = useState<string | null>(null)
  useEffect(() => {
    let gone = false
    getSession().then(
      (session) => gone || setUser(session.user),
      (error: unknown) => {
        if (!(error instanceof ApiError)) throw error
      },
    )
    return () => {
      gone = true
    }
  }, [])
  if (user === null) return null
  const label = `Sign out ${user}`
  return (
    <Tooltip title={label}>
      <IconButton aria-label={label} onClick={() => void leave()}>
        <SignOutIcon />
      </IconButton>
    </Tooltip>
  )
}

async function leave(): Promise<void> {
  try {
    await signOut()
  } catch (error) {
    if (!(error instanceof ApiError)) throw error
    return // the header says that the server does not answer
  }
  forget()
  history.replaceState(null, '', location.pathname) // whoever signs in next has other jobs
  location.reload()
}
