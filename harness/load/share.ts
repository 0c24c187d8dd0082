/** Splits a whole number over threads: the first ones take the remainder. */
export function shareOf(total: number, index: number, of: number): number {
  return Math.floor(total / of) + (index < total % of ? 1 : 0);
}
