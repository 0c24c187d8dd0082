import { HarnessError } from '../model/errors.ts';
import type { LoadSpec } from '../model/scenario.ts';
import { lookMs, silentMs } from './watchdog.ts';

/** This long after a load's time, requests in flight included, its engine is stuck. */
export const overdueMs = 5000;

export interface OverdueOptions {
  role: string;
  load: Pick<LoadSpec, 'engine' | 'durationMs' | 'timeoutMs'>;
  /** How many intervals its engine has reported so far. */
  intervals(): number;
}

/**
 * Rejects with LOAD_OVERDUE when an engine does not end: 5 s after the time in which its last request may end, or, if it
 * reported intervals and no longer does, 4 s after its duration. Never resolves. Looks are counted as in Watchdog.
 */
export function untilOverdue({ role, load, intervals }: OverdueOptions): { overdue: Promise<never>; stop(): void } {
  let timer: NodeJS.Timeout | undefined;
  const overdue = new Promise<never>((_, reject) => {
    let looks = 0;
    let quiet = 0;
    let heard = intervals();
    timer = setInterval(() => {
      looks++;
      quiet = intervals() === heard ? quiet + 1 : 0;
      heard = intervals();
      const lateMs = looks * lookMs - load.durationMs;
      const isStuck = heard > 0 && quiet * lookMs >= silentMs && lateMs >= silentMs;
      if (isStuck || lateMs >= load.timeoutMs + overdueMs) {
        clearInterval(timer);
        reject(overdueError(role, load.engine, lateMs));
      }
    }, lookMs);
  });
  overdue.catch(() => {});
  return { overdue, stop: () => clearInterval(timer) };
}

function overdueError(role: string, engine: string, lateMs: number): HarnessError {
  const late = (lateMs / 1000).toFixed(0);
  return new HarnessError(
    'LOAD_OVERDUE',
    `peer ${role}: the engine ${engine} has not ended ${late} s after the load's duration`,
    { hint: 'it runs an endless loop, or waits for something that does not come' },
  );
}
