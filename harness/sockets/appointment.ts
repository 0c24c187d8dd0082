import { monotonicOffsetMs } from '../probe/clock.ts';

/** Request header with which the client proposes when both ends close, monotonic clock in µs. */
export const closeAtHeader = 'X-Close-At';

/** Appointments are kept on this grid, so that many connections share one. */
export const appointmentGridMs = 20;

/** How long before an appointment a process stops waiting and begins to spin. */
const spinMs = 1.5;

/**
 * Calls things at an exact instant of the monotonic clock that two processes share: timers are good to a
 * millisecond, a FIN crosses a veth in microseconds, so the last stretch is a spin.
 */
export class Appointments {
  private readonly offset = monotonicOffsetMs();
  private readonly byTime = new Map<number, (() => void)[]>();

  /** The next instant on the grid that is at least one grid step away. Monotonic ms. */
  next(): number {
    return (Math.floor((performance.now() + this.offset) / appointmentGridMs) + 2) * appointmentGridMs;
  }

  /** Calls `then` at `at`; at once where it has passed. */
  keep(at: number, then: () => void): void {
    const waiting = this.byTime.get(at);
    if (waiting) {
      waiting.push(then);
      return;
    }
    const list = [then];
    this.byTime.set(at, list);
    const waitMs = at - (performance.now() + this.offset) - spinMs;
    setTimeout(
      () => {
        this.byTime.delete(at);
        const until = at - this.offset;
        while (performance.now() < until);
        for (const call of list) call();
      },
      Math.max(0, Math.floor(waitMs)),
    );
  }
}
