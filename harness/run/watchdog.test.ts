import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { untilOverdue } from './overdue.ts';
import { lookMs, Watchdog } from './watchdog.ts';

beforeEach(() => void vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval', 'Date', 'performance'] }));
afterEach(() => void vi.useRealTimers());

/** A process that answers a ping while `lives`. */
function watched(lives: () => boolean) {
  const counts = { heard: 0, pings: 0, silent: 0 };
  const watchdog = new Watchdog({
    heard: () => counts.heard,
    ping: () => {
      counts.pings++;
      if (lives()) counts.heard++;
    },
    onSilent: () => {
      counts.silent++;
    },
  });
  watchdog.start();
  return { counts, watchdog };
}

it('notices silence once, after 4 s of looks', () => {
  const { counts } = watched(() => false);
  vi.advanceTimersByTime(3999);
  expect(counts.silent).toBe(0);
  vi.advanceTimersByTime(60_000);
  expect(counts.silent).toBe(1);
});

it('asks a quiet process for a sign of life, and leaves one that answers alone', () => {
  const { counts } = watched(() => true);
  vi.advanceTimersByTime(3_600_000);
  expect(counts.silent).toBe(0);
  expect(counts.pings).toBeGreaterThan(1000);
});

it('does not mind a clock that jumps by a day, in either direction', () => {
  const { counts } = watched(() => false);
  for (const jump of [86_400_000, -86_400_000]) {
    vi.setSystemTime(Date.now() + jump);
    vi.advanceTimersByTime(lookMs);
  }
  expect(counts.silent).toBe(0);
});

it('stops looking when told to', () => {
  const { counts, watchdog } = watched(() => false);
  watchdog.stop();
  vi.advanceTimersByTime(60_000);
  expect(counts.silent).toBe(0);
});

describe('an engine that does not end', () => {
  const load = { engine: 'churn', durationMs: 2000, timeoutMs: 5000 };

  async function rejectionAfter(ms: number, intervals: () => number) {
    const { overdue, stop } = untilOverdue({ role: 'client', load, intervals });
    let found: unknown = null;
    overdue.catch((error) => {
      found = error;
    });
    await vi.advanceTimersByTimeAsync(ms);
    stop();
    return found;
  }

  it('may take as long as its last request, and 5 s more', async () => {
    expect(await rejectionAfter(11_900, () => 0)).toBeNull();
    expect(await rejectionAfter(12_000, () => 0)).toMatchObject({ code: 'LOAD_OVERDUE' });
  });

  it('is stuck 4 s after its duration, if it reported intervals and no longer does', async () => {
    expect(await rejectionAfter(5900, () => 7)).toBeNull();
    expect(await rejectionAfter(6000, () => 7)).toMatchObject({
      code: 'LOAD_OVERDUE',
      message: "peer client: the engine churn has not ended 4 s after the load's duration",
    });
  });

  it('is not stuck while it still reports', async () => {
    let intervals = 0;
    expect(await rejectionAfter(11_900, () => ++intervals)).toBeNull();
  });
});
