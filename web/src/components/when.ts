/** A time as a history tells it: of today the hour, of other days the day. */
export function when(iso: string): string {
  const date = new Date(iso)
  const today = new Date().toDateString() === date.toDateString()
  return date.toLocaleString(undefined, today ? { timeStyle: 'short' } : { dateStyle: 'medium' })
}
