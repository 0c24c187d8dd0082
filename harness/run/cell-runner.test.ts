import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { profiles } from '../../scenarios/profiles.ts';
import { scenarioNamed } from '../../scenarios/registry.ts';
import type { JournalLine } from '../model/journal.ts';
import { plan } from '../plan/plan.ts';
import { monotonicMs } from '../probe/clock.ts';
import { type FakeOptions, fakeRuntime } from '../runtime/fake/fake.ts';
import { runCell } from './cell-runner.ts';
import { Journal } from './journal.ts';

/** One cell of short-conn in memory; `interruptAt` says after which journal line the run is interrupted. */
async function run(options: FakeOptions, interruptAt: (line: JournalLine) => boolean = () => false, observeMs = 0) {
  const scenario = scenarioNamed('short-conn');
  const planned = plan({
    scenarios: [{ ...scenario, load: { ...scenario.load, observeMs } }],
    profiles,
    profileNames: ['tw-reuse-0'],
    repetitions: 1,
    form: 'quick',
    overrides: { sysctls: {} },
    settable: null,
  });
  if (!planned.ok || planned.cells[0] === undefined) throw new Error('no plan');
  const runtime = fakeRuntime(options);
  const journal = new Journal(mkdtempSync(join(tmpdir(), 'timewait-lab-cell-')));
  const controller = new AbortController();
  const lines: JournalLine[] = [];
  journal.onLine((line) => {
    lines.push(line);
    if (interruptAt(line)) setImmediate(() => controller.abort(new Error('interrupted')));
  });
  const outcome = await runCell(planned.cells[0], {
    runtime,
    journal,
    runId: 'test',
    runStartedAt: monotonicMs(),
    signal: controller.signal,
    samplesHz: 10,
  });
  const kinds = lines.map((line) => (line.type === 'snapshot' ? `${line.type} ${line.at}` : line.type));
  const end = lines.at(-1);
  if (end?.type !== 'cell-end') throw new Error('the last line is no cell-end');
  return { outcome, kinds, end, lines, runtime };
}

const count = (kinds: readonly string[], kind: string) => kinds.filter((one) => one === kind).length;

it('measures a cell: every snapshot of both peers, then the testbed is removed', async () => {
  const { outcome, kinds, end, runtime } = await run({});
  expect(outcome).toBe('measured');
  expect(kinds[0]).toBe('cell');
  for (const at of ['begin', 'load-end', 'end']) expect(count(kinds, `snapshot ${at}`)).toBe(2);
  expect(end).toMatchObject({ state: 'measured', setupMs: expect.any(Number), teardownMs: expect.any(Number) });
  expect(runtime.stopped).toEqual(runtime.started);
});

describe('interruption', () => {
  it('while the testbed starts', async () => {
    const { outcome, kinds, end, runtime } = await run({ startMs: 60_000 }, (line) => line.type === 'cell');
    expect(outcome).toBe('interrupted');
    expect(kinds).toEqual(['cell', 'cell-end']);
    expect(end).toMatchObject({ state: 'interrupted', reason: 'interrupted', setupMs: null });
    expect(runtime.started).toEqual([]);
  });

  it('during set-up, with an agent that never answers', async () => {
    const { outcome, kinds, runtime } = await run({ silent: 'serve' }, (line) => line.type === 'peer');
    expect(outcome).toBe('interrupted');
    expect(kinds).not.toContain('snapshot begin');
    expect(runtime.stopped).toEqual(runtime.started);
  });

  it('during the load: its counts and a last snapshot are kept', async () => {
    const { outcome, kinds, end, runtime } = await run({ loadGoesOn: true }, (line) => line.type === 'load');
    expect(outcome).toBe('interrupted');
    expect(end.reason).toBe('interrupted');
    expect(kinds).toContain('load-end');
    expect(count(kinds, 'snapshot load-end')).toBe(2);
    expect(kinds).not.toContain('snapshot end');
    expect(runtime.stopped).toEqual(runtime.started);
  });

  it('during the load, without waiting for an engine that does not end', async () => {
    const options = { loadGoesOn: true, silent: 'stop-load' } as const;
    const startedAt = performance.now();
    const { outcome, kinds } = await run(options, (line) => line.type === 'load');
    expect(performance.now() - startedAt).toBeLessThan(3000);
    expect(outcome).toBe('interrupted');
    expect(kinds).not.toContain('load-end');
    expect(count(kinds, 'snapshot load-end')).toBe(2);
  });

  it('while the load is only observed', async () => {
    const { outcome, kinds } = await run({}, (line) => line.type === 'snapshot' && line.at === 'load-end', 60_000);
    expect(outcome).toBe('interrupted');
    expect(count(kinds, 'snapshot load-end')).toBe(2);
    expect(kinds).not.toContain('snapshot end');
  });
});

describe('a part that breaks', () => {
  it('a peer that dies during the load fails the cell, with the cause', async () => {
    const { outcome, end, runtime } = await run({ dies: 'client' });
    expect(outcome).toBe('failed');
    expect(end.reason).toBe('peer client: its process was ended by SIGKILL');
    expect(runtime.stopped).toEqual(runtime.started);
  });

  it('a failed tear-down is reported, and does not change what was measured', async () => {
    const { outcome, lines } = await run({ stopFails: 'the network is busy' });
    expect(outcome).toBe('measured');
    expect(lines).toContainEqual(
      expect.objectContaining({ type: 'disturbance', text: 'tear-down: the network is busy' }),
    );
  });

  it('agent output that is not a message is reported once', async () => {
    const { outcome, lines } = await run({ babbles: ['0', 'Warning: x', '{"type":"moon"}'] });
    expect(outcome).toBe('measured');
    const disturbances = lines.flatMap((line) => (line.type === 'disturbance' ? line.text : []));
    expect(disturbances).toEqual(
      ['client', 'server'].map(
        (role) => `${role}: ignored 3 lines of its agent's output, not messages; first: '0' (not a JSON object)`,
      ),
    );
  });

  describe('an agent that does not answer', () => {
    afterEach(() => void vi.useRealTimers());

    it.each([
      ['configure', "its agent did not answer 'configure' within 20 s"],
      ['snapshot', "its agent did not answer 'snapshot' within 120 s"],
      // 5 s for the last request, and 5 s more.
      ['load', "the engine churn has not ended 10 s after the load's duration"],
    ] as const)('%s: the cell fails after its deadline', async (silent, reason) => {
      vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'setInterval', 'clearInterval'] });
      let isOver = false;
      const running = run({ silent }).finally(() => {
        isOver = true;
      });
      while (!isOver) {
        await vi.advanceTimersByTimeAsync(1000);
        for (let turn = 0; turn < 5; turn++) await nextTurn();
      }
      const { outcome, end, runtime } = await running;
      expect(outcome).toBe('failed');
      expect(end.reason).toMatch(/^peer \w+: /);
      expect(end.reason).toContain(reason);
      expect(runtime.stopped).toEqual(runtime.started);
    });
  });
});
