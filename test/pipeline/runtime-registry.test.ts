import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import { doctorFindings } from '../../harness/cli/doctor-findings.ts';
import { readScenarioArguments, type ScenarioArguments } from '../../harness/cli/scenario-arguments.ts';
import { cleanCommand } from '../../harness/commands/clean.ts';
import { doctorCommand } from '../../harness/commands/doctor.ts';
import { Report } from '../../harness/model/report.ts';
import { readRunFolder } from '../../harness/run/run-reader.ts';
import { fakeRuntime } from '../../harness/runtime/fake/fake.ts';
import { openRuntime } from '../../harness/runtime/open-runtime.ts';
import { type RuntimeEntry, runtimes } from '../../harness/runtime/registry.ts';
import type { Runtime } from '../../harness/runtime/runtime.ts';
import { profiles } from '../../scenarios/profiles.ts';
import { scenarioNamed, scenarios } from '../../scenarios/registry.ts';
import { runScenario } from '../run-scenario.ts';

/** A runtime as a contributor would add it: its own code and a line in the registry. */
function fixture(name: string, changes: Partial<Runtime> = {}) {
  const runtime: Runtime = { ...fakeRuntime({ name }), ...changes };
  const close = vi.spyOn(runtime, 'close');
  const entry: RuntimeEntry = { name, capabilities: runtime.capabilities, load: async () => runtime };
  return { entry, close };
}

function argumentsFor(runtime: string, more: Partial<ScenarioArguments> = {}): ScenarioArguments {
  return { names: ['short-conn'], runtime, quick: true, sysctl: [], serverEnv: [], clientEnv: [], ...more };
}

const say = () => {};

describe('a runtime of one folder and one line', () => {
  const { entry, close } = fixture('fixture');
  const entries = [...runtimes, entry];

  it('is accepted by --runtime, and suggested', () => {
    const known = { scenarios, profiles, runtimes: entries };
    expect(readScenarioArguments(argumentsFor('fixture'), known)).toMatchObject({
      input: { runtime: 'fixture' },
      issues: [],
    });
    expect(readScenarioArguments(argumentsFor('fixtur'), known).issues).toMatchObject([
      { field: '--runtime', hint: 'did you mean fixture?' },
    ]);
    const withImage = readScenarioArguments(argumentsFor('fixture', { serverImage: ['nginx'] }), known);
    expect(withImage.issues).toEqual([
      {
        field: '--runtime',
        message: 'the runtime fixture cannot run container images',
        hint: expect.stringContaining('--runtime docker'),
      },
    ]);
  });

  it('runs a cell from plan to report under its name', async () => {
    const runtime = await openRuntime('fixture', { say, entries });
    const { report, folder } = await runScenario(runtime, scenarioNamed('short-conn'), {
      profileNames: ['tw-reuse-0', 'tw-reuse-1'],
    });
    await runtime.close();
    expect(Report.parse(report).host.runtime).toBe('fixture');
    expect(report.cells.map((cell) => cell.verdict)).toEqual(['exhausted', 'healthy']);
    const again = (await readRunFolder(folder)).result().report;
    expect(again.host.runtime).toBe('fixture');
  });

  it('is chosen by auto if it is the first that is ready, and the others are closed', async () => {
    const away = fixture('away', { availability: async () => ({ available: false, detail: 'no daemon' }) });
    const said: string[] = [];
    const runtime = await openRuntime('auto', { say: (line) => said.push(line), entries: [away.entry, entry] });
    expect(runtime.name).toBe('fixture');
    expect(said).toEqual(['runtime fixture: in memory; not away: no daemon']);
    expect(away.close).toHaveBeenCalledTimes(1);
  });

  it('is chosen by auto where another that is ready lacks what every scenario needs', async () => {
    const lacking = fixture('lacking', { components: async () => new Set() });
    const said: string[] = [];
    const open = (scenarioNames: string[]) =>
      openRuntime('auto', {
        say: (line) => said.push(line),
        entries: [lacking.entry, entry],
        scenarios: scenarioNames.map(scenarioNamed),
      });
    expect((await open(['redis-ping'])).name).toBe('fixture');
    expect(said).toEqual(['runtime fixture: in memory; not lacking: not in memory: redis']);
    expect((await open(['redis-ping', 'short-conn'])).name).toBe('lacking');
    const only = openRuntime('auto', { say, entries: [lacking.entry], scenarios: [scenarioNamed('redis-ping')] });
    expect((await only).name).toBe('lacking');
  });

  it("is found by doctor, whose exit code depends on the findings' kind, not their text", async () => {
    const missing = fixture('partial', {
      components: async () => new Set(['nginx']),
      explainMissing: (names) => ({ reason: 'none', hint: `fetch ${names.join(' ')}` }),
      settableSysctls: async () => new Set(['net.ipv4.tcp_tw_reuse']),
    });
    const full = fixture('full', { components: async () => new Set(['nginx', 'redis']) });
    close.mockClear();
    const findings = await doctorFindings([entry, missing.entry, full.entry]);
    expect(close).toHaveBeenCalledTimes(1);
    const of = (kind: string, name: string) => findings.find((one) => one.kind === kind && one.name === name);
    expect(of('runtime', 'fixture')).toMatchObject({
      works: true,
      text: 'runtime fixture: in memory; --runtime auto takes it',
    });
    expect(of('runtime', 'full')).toMatchObject({ works: true, text: 'runtime full: in memory' });
    expect(of('component', 'nginx')).toMatchObject({ works: true, text: expect.not.stringContaining('not in') });
    expect(of('component', 'redis')).toMatchObject({
      works: true,
      text: expect.stringContaining('not in partial'),
      hint: 'fetch redis',
    });
    expect(of('component', 'go')).toMatchObject({ works: false, text: expect.stringContaining('skipped') });
    expect(of('profile', 'small-buckets')).toMatchObject({
      works: true,
      text: 'profile small-buckets: skipped in partial',
      hint: 'this kernel has no net.ipv4.tcp_max_tw_buckets per namespace',
    });

    const write = vi.spyOn(process.stdout, 'write').mockReturnValue(true);
    try {
      const away = fixture('away', { availability: async () => ({ available: false, detail: 'runtime works: no' }) });
      expect(await doctorCommand({ json: true }, [entry])).toBe(0);
      expect(await doctorCommand({ json: false }, [away.entry])).toBe(3);
      expect(await doctorCommand({ json: false }, [])).toBe(3);
    } finally {
      write.mockRestore();
    }
  });

  it('is cleaned up, even if another runtime fails to clean up', async () => {
    const outcome = async () => ({ removed: ['box 1'], left: ['box 2: in use'] });
    const holding = fixture('holding', { removeLeftovers: outcome });
    const failing = fixture('failing', { removeLeftovers: () => Promise.reject(new Error('no way in')) });
    const out = vi.spyOn(process.stdout, 'write').mockReturnValue(true);
    const err = vi.spyOn(process.stderr, 'write').mockReturnValue(true);
    try {
      expect(await cleanCommand({}, [failing.entry, holding.entry])).toBe(4);
      expect(out.mock.calls.join('')).toBe('removed box 1\n');
      expect(err.mock.calls.join('')).toMatch(/leftovers of runtime failing: no way in\n.*box 2: in use\n/s);
      expect(failing.close).toHaveBeenCalledTimes(1);
      out.mockClear();
      expect(await cleanCommand({}, [entry])).toBe(0);
      expect(out.mock.calls.join('')).toBe('nothing to remove\n');
    } finally {
      out.mockRestore();
      err.mockRestore();
    }
  });
});

it('offers no runtime that exists for tests, and prefers the one that needs nothing', () => {
  const names = runtimes.map((runtime) => runtime.name);
  expect(names[0]).toBe('netns');
  expect(names).not.toContain('fake');
});

/** `--netns NAME` of observe is a network namespace with a name (ip-netns), not the runtime. */
const namespaces = ['observe/target.ts', 'model/observation.ts', 'analysis/observation/destinations.ts'];

it('the name of a runtime appears only in its own folder', () => {
  const harness = join(import.meta.dirname, '../../harness');
  const names = runtimes.map((runtime) => runtime.name);
  const literal = new RegExp(`['"\`](?:${names.join('|')}|fake)['"\`]`);
  const found = readdirSync(harness, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.ts') && !file.endsWith('.test.ts'))
    .filter((file) => ![...names, 'fake'].some((name) => file.startsWith(`runtime/${name}/`)))
    .filter((file) => !namespaces.includes(file))
    .flatMap((file) =>
      readFileSync(join(harness, file), 'utf8')
        .split('\n')
        .flatMap((line, index) => (literal.test(line) ? [`${file}:${index + 1}: ${line.trim()}`] : [])),
    );
  expect(found).toEqual([]);
});
