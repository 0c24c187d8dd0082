import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import type { Failure } from '../../model/journal.ts';
import { LoadSpec } from '../../model/scenario.ts';
import { monotonicMs } from '../../probe/clock.ts';
import type { LoadInterval } from '../engine.ts';
import { programEngine } from './engine.ts';

function start(command: string, durationMs = 300) {
  const load = LoadSpec.parse({
    engine: 'program',
    closePolicy: 'client-fin',
    arrival: { loop: 'closed', concurrency: 1 },
    durationMs,
    parameters: { command },
  });
  const intervals: LoadInterval[] = [];
  const gauges: Record<string, number>[] = [];
  const running = programEngine.start({
    load,
    targets: [{ address: '127.0.0.1', port: 9 }],
    localAddresses: [],
    onInterval: (interval) => intervals.push(interval),
    onBusy: () => {},
    onGauge: (values) => gauges.push(values),
    onClosed: null,
  });
  return { running, intervals, gauges };
}

const say = (line: object) => `echo '${JSON.stringify(line)}'`;
const interval = (counts: object) => say({ type: 'interval', attempts: 2, completed: 1, inFlight: 1, ...counts });

it('ends a wrapper whose child outlives it within 2 s of its time, with the child', async () => {
  const startedAt = monotonicMs();
  const { running } = start("sh -c 'sleep 600; true'", 300);
  const result = await running.result;
  expect(monotonicMs() - startedAt).toBeLessThan(2300);
  expect(result).toMatchObject({ countedBy: 'kernel', failedAfterConnect: null });
});

it('fails with the last lines of a program that ended before its time by a code or a signal of its own', async () => {
  await expect(start("sh -c 'echo no route >&2; exit 4'", 5000).running.result).rejects.toThrow(
    'sh ended with code 4 · no route',
  );
  await expect(start("sh -c 'kill -SEGV $$'", 5000).running.result).rejects.toThrow('sh was ended by SIGSEGV');
});

it('takes its counts where it prints them, passes them on at an even pace, and names lines that are not valid', async () => {
  const failures: Failure[] = [{ errno: 'ECONNREFUSED', phase: 'connect', count: 1 }];
  const printed = [
    ...Array.from({ length: 40 }, () => interval({ failures })),
    say({ type: 'gauge', values: { idle: 3 } }),
    say({ type: 'gauge', values: { idle: 4 } }),
    interval({ attempts: -1 }),
    'echo something else',
    'sleep 0.3',
    say({ type: 'end', version: '1.2' }),
    'sleep 60',
  ];
  const folder = mkdtempSync(join(tmpdir(), 'timewait-lab-program-'));
  const file = join(folder, 'program.sh');
  writeFileSync(file, printed.join('\n'));
  const { running, intervals, gauges } = start(`sh ${file}`, 2000);
  const result = await running.result;
  expect(result).toMatchObject({
    ...{ attempts: 80, completed: 40, inFlight: 1, connected: null, failedAfterConnect: null, engineVersion: '1.2' },
    failures: [{ errno: 'ECONNREFUSED', phase: 'connect', count: 40 }],
    blindSpots: [expect.stringContaining('1 lines of its counts were not valid')],
  });
  expect(intervals.length).toBeLessThan(10);
  expect(intervals.reduce((sum, one) => sum + one.attempts, 0)).toBe(80);
  expect(gauges.at(-1)).toEqual({ idle: 4 });
  // It stays until the peer ends, and has nobody left to wait for it.
  running.stop();
  rmSync(folder, { recursive: true });
});
