import { useCallback, useEffect, useRef, useState } from 'react'
import { NoSound, Sound, type Source } from './Sound'

export interface SoundState {
  playing: Source | null
  problem: string | null
  choose: (source: Source | null) => void
  volume: number
  setVolume: (volume: number) => void
  levels: (() => readonly number[]) | null // while there is a sound
}

/** A sound that plays or is listened to, off until one is chosen. */
export function useSound(): SoundState {
  const [playing, setPlaying] = useState<Source | null>(null)
  const [problem, setProblem] = useState<string | null>(null)
  const [sound, setSound] = useState<Sound | null>(null)
  const [volume, setVolume] = useState(0.5)
  const loudness = useRef(volume)
  loudness.current = volume
  const wanted = useRef<Source | null>(null)
  const current = useRef<Sound | null>(null)

  const take = useCallback((next: Sound | null) => {
    current.current?.end()
    current.current = next
    setSound(next)
  }, [])

  const choose = useCallback(
    (source: Source | null) => {
      wanted.current = source
      setPlaying(source)
      setProblem(null)
      take(null)
      if (!source) return
      Sound.begin(source, loudness.current, () => wanted.current === source && choose(null)).then(
        (begun) => {
          if (wanted.current === source) take(begun)
          else begun.end()
        },
        (error: unknown) => {
          if (!(error instanceof NoSound)) throw error
          if (wanted.current !== source) return
          setPlaying(null)
          setProblem(error.message)
        },
      )
    },
    [take],
  )

  useEffect(() => {
    if (sound) sound.volume = volume
  }, [sound, volume])

  // Whoever leaves the page hears no more of it.
  useEffect(
    () => () => {
      wanted.current = null
      take(null)
    },
    [take],
  )
  return { playing, problem, choose, volume, setVolume, levels: sound?.levels ?? null }
}
