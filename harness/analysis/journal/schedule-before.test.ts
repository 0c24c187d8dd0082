import { expect, it } from 'vitest';
import { scheduleApart } from './schedule-before.ts';

const none = { connectCallUs: null, connectLatencyUs: null, requestLatencyUs: null, scheduleLagUs: null };
const counts = { attempts: 10, connected: 4, completed: 4, inFlight: 0, answers: 4 };
const failures = [
  { errno: 'EADDRNOTAVAIL', phase: 'connect', count: 1 },
  { errno: 'NOT_STARTED', phase: 'schedule', count: 5 },
];
const at = { t: 1, cell: 'a', role: 'client' };

it('moves arrivals that never started out of attempts and failures', () => {
  const load = { type: 'load', ...at, intervalMs: 100, ...counts, failures, ...none };
  expect(scheduleApart(load)).toMatchObject({ attempts: 5, notStarted: 5, failures: failures.slice(0, 1) });
  const first = failures.map(({ errno, phase }) => ({ errno, phase, at: 1 }));
  const result = { ...counts, failures, ...none, startedAt: 0, endedAt: 1, firstFailures: first, cpuMs: null };
  expect(scheduleApart({ type: 'load-end', ...at, result })).toMatchObject({
    result: { attempts: 5, notStarted: 5, failures: failures.slice(0, 1), firstFailures: first.slice(0, 1) },
  });
});

it('leaves everything else as it is', () => {
  const load = { type: 'load', ...at, intervalMs: 100, ...counts, failures: [], ...none };
  expect(scheduleApart(load)).toEqual(load);
});
