// What chance is replaced by.

export const ANY_SEED = -1
export const LARGEST_SEED = 2 ** 32 - 1
