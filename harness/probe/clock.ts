/**
 * CLOCK_MONOTONIC in milliseconds. One clock for all processes of a machine, whatever their namespaces, so that
 * times from both ends of a connection can be compared.
 */
export function monotonicMs(): number {
  const [seconds, nanoseconds] = process.hrtime();
  return seconds * 1e3 + nanoseconds / 1e6;
}

/** performance.now() counts from the thread's start; this offset turns it into monotonicMs() without an allocation. */
export function monotonicOffsetMs(): number {
  return monotonicMs() - performance.now();
}
