/** "1.84 M", "260 k", "812": as many as a person wants to know of. */
export function many(count: number): string {
  if (count >= 1e6) return `${(count / 1e6).toFixed(count < 1e7 ? 2 : 1)} M`
  return count >= 1e4 ? `${Math.round(count / 1e3)} k` : `${count}`
}

/** Thousands apart. */
export const apart = (count: number) => count.toLocaleString('en').replaceAll(',', '\u202f')
