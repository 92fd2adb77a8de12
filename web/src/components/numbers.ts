/** Three digits that matter, thousands apart. */
export function readable(value: number): string {
  if (value >= 1000) return Math.round(value).toLocaleString('en').replaceAll(',', '\u202f')
  return value >= 10 ? value.toFixed(1) : value.toFixed(3)
}

/** With a sign, a true minus, and none at zero. */
export function signed(value: number, digits?: number): string {
  const text = digits === undefined ? `${Math.round(Math.abs(value) * 100) / 100}` : Math.abs(value).toFixed(digits)
  if (Number(text) === 0) return text
  return `${value < 0 ? '−' : '+'}${text}`
}

/** "1.84 M", "260 k", "812": as many as a person wants to know of. */
export function many(count: number): string {
  if (count >= 1e6) return `${(count / 1e6).toFixed(count < 1e7 ? 2 : 1)} M`
  return count >= 1e4 ? `${Math.round(count / 1e3)} k` : `${count}`
}

/** Thousands apart. */
export const apart = (count: number) => count.toLocaleString('en').replaceAll(',', '\u202f')
