// What a hand does over the canvas, as moves of the eye: drag, wheel, and two fingers.

import { type Eye, shifted, turned, zoomed } from './eye'

type Change = (how: (eye: Eye) => Eye) => void

const AROUND = 3 // radians for a drag over the picture's height
const WHEEL = 1 / 120 // steps for a wheel's unit
const TENTH = Math.log(0.9)

/** Follows the pointers over an element until the returned function is called. */
export function follow(element: HTMLElement, change: Change): () => void {
  const held = new Map<number, { x: number; y: number }>()
  let shifting = false

  const height = () => Math.max(1, element.clientHeight)

  function down(event: PointerEvent): void {
    // A pointer that is gone already cannot be captured.
    if (event.isTrusted) element.setPointerCapture(event.pointerId)
    held.set(event.pointerId, { x: event.clientX, y: event.clientY })
    shifting = event.button > 0 || event.shiftKey
  }

  function move(event: PointerEvent): void {
    const before = held.get(event.pointerId)
    if (!before) return
    const [dx, dy] = [(event.clientX - before.x) / height(), (event.clientY - before.y) / height()]
    const others = [...held].filter(([id]) => id !== event.pointerId)
    held.set(event.pointerId, { x: event.clientX, y: event.clientY })
    const other = others[0]?.[1]
    if (other) pinch(before, event, other, dx, dy)
    else if (shifting) change((eye) => shifted(eye, dx, dy))
    // What is seen goes with the hand.
    else change((eye) => turned(eye, -dx * perHeight(eye), dy * perHeight(eye)))
  }

  function pinch(before: Point, after: PointerEvent, other: Point, dx: number, dy: number): void {
    const length = (at: Point) => Math.max(1, Math.hypot(at.x - other.x, at.y - other.y))
    const steps = Math.log(length(before) / length({ x: after.clientX, y: after.clientY })) / TENTH
    change((eye) => shifted(zoomed(eye, steps), dx / 2, dy / 2)) // each finger moves the middle by half
  }

  function up(event: PointerEvent): void {
    held.delete(event.pointerId)
  }

  function wheel(event: WheelEvent): void {
    event.preventDefault()
    const units = event.deltaMode === WheelEvent.DOM_DELTA_LINE ? event.deltaY * 40 : event.deltaY
    change((eye) => zoomed(eye, -units * WHEEL))
  }

  const menu = (event: Event) => event.preventDefault() // the right button shifts
  element.addEventListener('pointerdown', down)
  element.addEventListener('pointermove', move)
  element.addEventListener('pointerup', up)
  element.addEventListener('pointercancel', up)
  element.addEventListener('wheel', wheel, { passive: false })
  element.addEventListener('contextmenu', menu)
  return () => {
    element.removeEventListener('pointerdown', down)
    element.removeEventListener('pointermove', move)
    element.removeEventListener('pointerup', up)
    element.removeEventListener('pointercancel', up)
    element.removeEventListener('wheel', wheel)
    element.removeEventListener('contextmenu', menu)
  }
}

interface Point {
  x: number
  y: number
}

/** Radians for a drag over the picture's height; from inside what is held stays under the hand. */
const perHeight = (eye: Eye) => (eye.distance === 0 ? eye.fov : AROUND)

const TURN = 0.12 // radians for a key

/** What a key does, or null where it does nothing. */
export function moveOf(key: string): ((eye: Eye) => Eye) | null {
  switch (key) {
    case 'ArrowLeft':
      return (eye) => turned(eye, -TURN, 0)
    case 'ArrowRight':
      return (eye) => turned(eye, TURN, 0)
    case 'ArrowUp':
      return (eye) => turned(eye, 0, TURN)
    case 'ArrowDown':
      return (eye) => turned(eye, 0, -TURN)
    case '+':
    case '=':
      return (eye) => zoomed(eye, 1)
    case '-':
      return (eye) => zoomed(eye, -1)
    default:
      return null
  }
}
