// How far a scene can be scaled; the server takes the same.

export const SMALLEST_SCALE = 1e-6
export const LARGEST_SCALE = 1e6

export const within = (scale: number): number => Math.max(SMALLEST_SCALE, Math.min(LARGEST_SCALE, scale))
