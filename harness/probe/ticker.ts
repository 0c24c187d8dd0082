/** Calls `tick` on a fixed grid, with how late the call is and how many ticks were missed before it. */
export function startTicker(
  hz: number,
  tick: (timing: { lateMs: number; missed: number }) => void | Promise<void>,
): { stop(): void } {
  const periodMs = 1000 / hz;
  const startedAt = performance.now();
  let next = 0;
  let stopped = false;
  let timer: NodeJS.Timeout;
  let missed = 0;
  const schedule = () => {
    if (stopped) return;
    const due = startedAt + next * periodMs;
    timer = setTimeout(onTime, Math.max(0, due - performance.now()));
  };
  const onTime = async () => {
    const lateMs = performance.now() - (startedAt + next * periodMs);
    await tick({ lateMs: Math.max(0, lateMs), missed });
    // The grid stays fixed; ticks that were due while this one ran are skipped, not made up for.
    const passed = Math.floor((performance.now() - startedAt) / periodMs);
    missed = Math.max(0, passed - next);
    next = Math.max(next, passed) + 1;
    schedule();
  };
  schedule();
  return {
    stop() {
      stopped = true;
      clearTimeout(timer);
    },
  };
}
