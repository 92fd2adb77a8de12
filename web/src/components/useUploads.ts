import { useCallback, useRef, useState } from 'react'
import { ApiError, requestKey, upload, type UploadChoices } from '../api'
import { refresh } from '../jobs/store'

export interface Upload {
  key: string
  name: string
  error: string | null // null while it is on its way
}

export interface Uploads {
  list: Upload[]
  add: (files: File[]) => void
  dismiss: (key: string) => void
}

/** Photos on their way to the server, one after the other, and those it refused with its sentence. */
export function useUploads(choices: UploadChoices, started: (id: string) => void): Uploads {
  const [list, setList] = useState<Upload[]>([])
  const now = useRef({ choices, started })
  now.current = { choices, started }
  const line = useRef(Promise.resolve())

  const dismiss = useCallback((key: string) => setList((all) => all.filter((one) => one.key !== key)), [])

  const add = useCallback(
    (files: File[]) => {
      const { choices } = now.current
      let chosen = false // the first that is accepted
      for (const file of files) {
        const key = requestKey()
        setList((all) => [...all, { key, name: file.name, error: null }])
        line.current = line.current.then(async () => {
          try {
            const id = await upload(file, choices, key)
            await refresh(id)
            if (!chosen) now.current.started(id)
            chosen = true
            dismiss(key)
          } catch (error) {
            if (!(error instanceof ApiError)) throw error
            setList((all) => all.map((one) => (one.key === key ? { ...one, error: error.message } : one)))
          }
        })
      }
    },
    [dismiss],
  )

  return { list, add, dismiss }
}
