/**
 * Watches a gauge for values that are higher than any before and have stopped rising: worth a closer reading at once,
 * because the next regular one may come when it has fallen again.
 */
export class SettledRecord {
  #record = 0;
  #previous = 0;

  /** Whether `value`, the next reading, is such a record. While the gauge rises with every reading none is. */
  isNew(value: number): boolean {
    const isRising = value > this.#previous;
    this.#previous = value;
    if (isRising || value <= this.#record) return false;
    this.#record = value;
    return true;
  }
}
