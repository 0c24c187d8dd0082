/** Most gauges of one program: each becomes a column, a chart and a metric. */
const mostNames = 64;

/** The latest value of each gauge that a program prints, so that they can be passed on at an even pace. */
export class Gauges {
  private readonly names = new Set<string>();
  private values = new Map<string, number>();

  add(values: Readonly<Record<string, number>>): void {
    for (const [name, value] of Object.entries(values)) {
      if (!this.names.has(name) && this.names.size >= mostNames) continue;
      this.names.add(name);
      this.values.set(name, value);
    }
  }

  /** What was printed since the last call; `null`: nothing. */
  take(): Record<string, number> | null {
    if (this.values.size === 0) return null;
    const taken = Object.fromEntries(this.values);
    this.values = new Map();
    return taken;
  }
}
