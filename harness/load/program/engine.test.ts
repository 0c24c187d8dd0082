import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import type { Failure, ProgramEvent } from '../../model/journal.ts';
import { LoadSpec } from '../../model/scenario.ts';
import { monotonicMs } from '../../probe/clock.ts';
import type { LoadInterval } from '../engine.ts';
import { programEngine } from './engine.ts';

async function start(command: string, durationMs = 300) {
  const load = LoadSpec.parse({
    engine: 'program',
    closePolicy: 'client-fin',
    arrival: { loop: 'closed', concurrency: 1 },
    durationMs,
    parameters: { command },
  });
  const intervals: LoadInterval[] = [];
  const gauges: Record<string, number>[] = [];
  const events: ProgramEvent[] = [];
  const running = await programEngine.start({
    load,
    targets: [{ address: '127.0.0.1', port: 9 }],
    localAddresses: [],
    onInterval: (interval) => intervals.push(interval),
    onBusy: () => {},
    onGauge: (values) => gauges.push(values),
    onProgram: (event) => events.push(event),
    onClosed: null,
  });
  return { running, intervals, gauges, events };
}

const say = (line: object) => `echo '${JSON.stringify(line)}'`;
const interval = (counts: object) => say({ type: 'interval', attempts: 2, completed: 1, inFlight: 1, ...counts });

it('ends a wrapper whose child outlives it within 2 s of its time, with the child', async () => {
  const startedAt = monotonicMs();
  const { running } = await start("sh -c 'sleep 600; true'", 300);
  const result = await running.result;
  expect(monotonicMs() - startedAt).toBeLessThan(2300);
  expect(result).toMatchObject({ countedBy: 'kernel', failedAfterConnect: null });
});

it('counts an errno in a line of counts, and does not take the line for a message', async () => {
  const failures = [{ errno: 'EADDRNOTAVAIL', phase: 'connect', count: 1 }];
  const counts = JSON.stringify({ type: 'interval', attempts: 2, completed: 1, inFlight: 0, failures });
  const file = mkdtempSync(join(tmpdir(), 'counts-'));
  writeFileSync(join(file, 'lines'), `${counts}\nEADDRNOTAVAIL in a sentence\n`);
  const { running, events } = await start(`cat ${join(file, 'lines')}`, 2000);
  expect(await running.result).toMatchObject({ attempts: 2, failures });
  rmSync(file, { recursive: true });
  expect(events.filter(({ is }) => is === 'message')).toEqual([{ is: 'message', text: 'EADDRNOTAVAIL in a sentence' }]);
});

it('records how a program ended by a code or a signal of its own, with what it printed', async () => {
  const failed = await start("sh -c 'echo no route >&2; exit 4'", 5000);
  await failed.running.result;
  expect(failed.events.at(0)).toMatchObject({ is: 'start', command: ['sh', '-c', 'echo no route >&2; exit 4'] });
  expect(failed.events.at(-1)).toMatchObject({
    is: 'end',
    code: 4,
    signal: null,
    isOurs: false,
    lastLines: ['no route'],
  });
  const killed = await start("sh -c 'kill -SEGV $$'", 5000);
  await killed.running.result;
  expect(killed.events.at(-1)).toMatchObject({ is: 'end', code: null, signal: 'SIGSEGV', isOurs: false });
});

it('keeps the first lines that say that no port was free, and counts them all', async () => {
  const { running, events } = await start(
    "sh -c 'for n in 1 2 3 4 5 6 7; do echo $n: Cannot assign requested address >&2; done; echo fine'",
    2000,
  );
  expect(await running.result).toMatchObject({ failures: null });
  expect(events.filter(({ is }) => is === 'message')).toHaveLength(5);
  expect(events.at(-1)).toMatchObject({ is: 'end', messages: 7 });
});

it('takes its counts where it prints them, passes them on at an even pace, and names lines that are not valid', async () => {
  const failures: Failure[] = [{ errno: 'ECONNREFUSED', phase: 'connect', count: 1 }];
  const printed = [
    ...Array.from({ length: 40 }, () => interval({ failures })),
    say({ type: 'gauge', values: { idle: 3 } }),
    say({ type: 'gauge', values: { idle: 4 } }),
    interval({ attempts: -1 }),
    `echo '{"type":"interval","attempts":'`,
    'echo something else',
    'sleep 0.3',
    say({ type: 'end', version: '1.2' }),
    'sleep 60',
  ];
  const folder = mkdtempSync(join(tmpdir(), 'timewait-lab-program-'));
  const file = join(folder, 'program.sh');
  writeFileSync(file, printed.join('\n'));
  const { running, intervals, gauges } = await start(`sh ${file}`, 2000);
  const result = await running.result;
  expect(result).toMatchObject({
    ...{ attempts: 80, completed: 40, inFlight: 1, connected: null, failedAfterConnect: null, engineVersion: '1.2' },
    failures: [{ errno: 'ECONNREFUSED', phase: 'connect', count: 40 }],
    blindSpots: [expect.stringContaining('2 lines of its counts were not valid')],
  });
  expect(intervals.length).toBeLessThan(10);
  expect(intervals.reduce((sum, one) => sum + one.attempts, 0)).toBe(80);
  expect(gauges.at(-1)).toEqual({ idle: 4 });
  // It stays until the peer ends, and has nobody left to wait for it.
  running.stop();
  rmSync(folder, { recursive: true });
});
