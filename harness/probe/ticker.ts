/** Calls `tick` on a fixed grid; says how late each call is and how many were missed before it. */
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
    // The grid stays; ticks that have passed while this one ran are missed, not made up for.
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
