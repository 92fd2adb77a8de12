// A piece that WebAudio plays by itself, so that there is something to hear without a file.

const TEMPO = 104 // beats a minute
const STEP = 60 / TEMPO / 4 // seconds, a sixteenth
const AHEAD = 0.3 // seconds that are planned before they are heard
const EVERY = 100 // ms

// A minor, F, C, G: the roots, and the chords above them, in Hz.
const ROOTS = [55, 43.65, 65.41, 49]
const CHORDS = [
  [220, 261.63, 329.63],
  [174.61, 220, 261.63],
  [196, 261.63, 329.63],
  [196, 246.94, 293.66],
]
const TUNE = [0, 2, 1, 2, 0, 1, 2, 1]

/** Plays until the returned function is called. */
export function playBeat(context: AudioContext, to: AudioNode): () => void {
  const noise = noiseOf(context)
  let step = 0
  let next = context.currentTime + 0.05

  function plan(): void {
    // A page that slept begins anew instead of playing what it missed.
    if (next < context.currentTime - 1) next = context.currentTime
    for (; next < context.currentTime + AHEAD; next += STEP, step++) play(step, next)
  }

  function play(step: number, at: number): void {
    const bar = Math.floor(step / 16) % ROOTS.length
    const sixteenth = step % 16
    if (sixteenth % 4 === 0) kick(at)
    if (sixteenth % 8 === 4) hiss(at, 1500, 0.16, 0.25)
    if (sixteenth % 2 === 0) hiss(at, 7000, 0.04, sixteenth % 4 === 2 ? 0.2 : 0.09)
    if ([0, 3, 6, 10, 12].includes(sixteenth)) tone('triangle', ROOTS[bar]!, at, 2.2 * STEP, 0.35)
    if (sixteenth === 0) for (const note of CHORDS[bar]!) tone('sawtooth', note, at, 15 * STEP, 0.035, 900)
    if (sixteenth % 2 === 1 && step % 64 >= 16) {
      const note = CHORDS[bar]![TUNE[((step - 1) / 2) % TUNE.length]!]!
      tone('square', 4 * note, at, 1.6 * STEP, 0.05, 3600)
    }
  }

  function kick(at: number): void {
    const [oscillator, gain] = [context.createOscillator(), context.createGain()]
    oscillator.frequency.setValueAtTime(150, at)
    oscillator.frequency.exponentialRampToValueAtTime(46, at + 0.12)
    gain.gain.setValueAtTime(0.9, at)
    gain.gain.exponentialRampToValueAtTime(0.001, at + 0.3)
    oscillator.connect(gain).connect(to)
    oscillator.start(at)
    oscillator.stop(at + 0.32)
  }

  function hiss(at: number, above: number, length: number, loudness: number): void {
    const [source, filter, gain] = [context.createBufferSource(), context.createBiquadFilter(), context.createGain()]
    source.buffer = noise
    filter.type = 'highpass'
    filter.frequency.value = above
    gain.gain.setValueAtTime(loudness, at)
    gain.gain.exponentialRampToValueAtTime(0.001, at + length)
    source.connect(filter).connect(gain).connect(to)
    source.start(at, (step % 16) * 0.05, length)
  }

  function tone(kind: OscillatorType, hertz: number, at: number, length: number, loudness: number, below = 1200): void {
    const [oscillator, filter, gain] = [context.createOscillator(), context.createBiquadFilter(), context.createGain()]
    oscillator.type = kind
    oscillator.frequency.value = hertz
    filter.frequency.value = below
    gain.gain.setValueAtTime(0, at)
    gain.gain.linearRampToValueAtTime(loudness, at + 0.01)
    gain.gain.setTargetAtTime(0, at + 0.6 * length, 0.15 * length)
    oscillator.connect(filter).connect(gain).connect(to)
    oscillator.start(at)
    oscillator.stop(at + 1.4 * length)
  }

  plan()
  const timer = setInterval(plan, EVERY)
  return () => clearInterval(timer)
}

function noiseOf(context: AudioContext): AudioBuffer {
  const buffer = context.createBuffer(1, context.sampleRate, context.sampleRate)
  const samples = buffer.getChannelData(0)
  for (let i = 0; i < samples.length; i++) samples[i] = 2 * Math.random() - 1
  return buffer
}
