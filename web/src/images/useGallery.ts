import { useCallback, useEffect, useRef, useState } from 'react'
import { ApiError } from '../api'
import { getImages, type ImagePage } from './api'
import { nextPage, NO_PICTURES, PER_PAGE, type Pictures, withFirstPage, without, withPage } from './gallery'

const PAUSE = 250 // ms without a letter, after which it is searched

export interface Gallery extends Pictures {
  search: string
  setSearch: (words: string) => void
  found: string // what the pictures were searched for
  loaded: boolean
  problem: string | null
  more: () => void
  remove: (ids: ReadonlySet<string>) => void
}

type Merge = (known: Pictures, page: ImagePage) => Pictures

/** The pictures that are kept, searched as words are typed, and read anew with each change of `key`. */
export function useGallery(key: string): Gallery {
  const [search, setSearch] = useState('')
  const [state, setState] = useState({ pictures: NO_PICTURES, found: '', loaded: false })
  const [problem, setProblem] = useState<string | null>(null)
  const words = useRef('') // what is looked for by now
  const busy = useRef(false)

  const read = useCallback(async (page: number, merge: Merge): Promise<void> => {
    const asked = words.current
    try {
      const answer = await getImages(page, PER_PAGE, asked)
      if (asked !== words.current) return
      setState(({ pictures }) => ({ pictures: merge(pictures, answer), found: asked, loaded: true }))
      setProblem(null)
    } catch (error) {
      if (!(error instanceof ApiError)) throw error
      if (asked === words.current) setProblem(error.message)
    }
  }, [])

  useEffect(() => void read(1, withFirstPage), [key, read])

  useEffect(() => {
    const wanted = search.trim().slice(0, 500)
    if (wanted === words.current) return
    const timer = setTimeout(() => {
      words.current = wanted
      void read(1, (_, page) => withPage(NO_PICTURES, page))
    }, PAUSE)
    return () => clearTimeout(timer)
  }, [search, read])

  const { pictures } = state
  const more = useCallback(() => {
    if (busy.current) return
    busy.current = true
    void read(nextPage(pictures), withPage).finally(() => {
      busy.current = false
    })
  }, [pictures, read])

  const remove = useCallback(
    (ids: ReadonlySet<string>) => setState((now) => ({ ...now, pictures: without(now.pictures, ids) })),
    [],
  )
  return { ...state, ...pictures, search, setSearch, problem, more, remove }
}
