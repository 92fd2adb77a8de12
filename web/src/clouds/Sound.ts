// Where a sound comes from and what of it is heard: source → analyser → loudness → loudspeaker.

import { type Bands, heard, SILENCE } from './bands'
import { playBeat } from './beat'

export type Source = { kind: 'beat' } | { kind: 'microphone' } | { kind: 'file'; file: File }

/** A source that cannot be had; the message is for a person. */
export class NoSound extends Error {}

const SPECTRUM = 2048 // samples

export class Sound {
  private readonly context = new AudioContext()
  private readonly analyser = this.context.createAnalyser()
  private readonly loudness = this.context.createGain()
  private readonly spectrum: Uint8Array<ArrayBuffer>
  private bands: Bands = SILENCE
  private before = this.context.currentTime
  private stop: () => void = () => {}

  private constructor(volume: number) {
    this.loudness.gain.value = volume ** 2
    this.analyser.fftSize = SPECTRUM
    this.analyser.smoothingTimeConstant = 0.5
    this.analyser.minDecibels = -85
    this.analyser.maxDecibels = -20
    this.spectrum = new Uint8Array(this.analyser.frequencyBinCount)
    this.loudness.connect(this.context.destination)
  }

  /** Begins to play this loud, or to listen. Raises NoSound where it cannot; `ended` is called where the source ends. */
  static async begin(source: Source, volume: number, ended: () => void): Promise<Sound> {
    const sound = new Sound(volume)
    try {
      if (source.kind === 'microphone') await sound.listen()
      else {
        sound.analyser.connect(sound.loudness)
        if (source.kind === 'file') await sound.playFile(source.file, ended)
        else sound.stop = playBeat(sound.context, sound.analyser)
      }
      await sound.context.resume()
    } catch (error) {
      sound.end()
      throw error
    }
    return sound
  }

  /** How loud it is, 0 to 1; what moves the points does not depend on it. */
  set volume(volume: number) {
    this.loudness.gain.setTargetAtTime(volume ** 2, this.context.currentTime, 0.02)
  }

  /** The level of each category now, 0 to 1. */
  levels = (): readonly number[] => {
    const now = this.context.currentTime
    const seconds = Math.min(0.5, now - this.before)
    if (seconds <= 0) return this.bands.levels
    this.before = now
    this.analyser.getByteFrequencyData(this.spectrum)
    this.bands = heard(this.bands, this.spectrum, this.context.sampleRate, seconds)
    return this.bands.levels
  }

  end(): void {
    this.stop()
    void this.context.close()
  }

  private async listen(): Promise<void> {
    // Only where the page is a secure context has a browser a microphone for it.
    if (!navigator.mediaDevices)
      throw new NoSound('The browser gives a microphone to pages on this machine or over HTTPS alone.')
    let stream: MediaStream
    try {
      const plain = { echoCancellation: false, noiseSuppression: false, autoGainControl: false }
      stream = await navigator.mediaDevices.getUserMedia({ audio: plain })
    } catch (error) {
      if (!(error instanceof DOMException)) throw error
      throw new NoSound(
        error.name === 'NotAllowedError'
          ? 'The microphone was not allowed. Allow it in the browser’s site settings, then choose it again.'
          : 'There is no microphone that can be used.',
      )
    }
    this.stop = () => stream.getTracks().forEach((track) => track.stop())
    // Not to the loudspeaker: it would be heard again.
    this.context.createMediaStreamSource(stream).connect(this.analyser)
  }

  private async playFile(file: File, ended: () => void): Promise<void> {
    const url = URL.createObjectURL(file)
    const player = new Audio(url)
    this.stop = () => {
      player.pause()
      URL.revokeObjectURL(url)
    }
    this.context.createMediaElementSource(player).connect(this.analyser)
    player.loop = true
    try {
      await player.play()
    } catch (error) {
      if (!(error instanceof DOMException)) throw error
      throw new NoSound(
        error.name === 'NotAllowedError'
          ? 'The browser plays no sound yet. Click on the page first, then choose the file again.'
          : `“${file.name}” cannot be played. Choose an MP3, WAV, Ogg, FLAC or M4A file.`,
      )
    }
    player.addEventListener('error', ended)
  }
}
