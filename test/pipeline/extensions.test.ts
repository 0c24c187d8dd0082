import { mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeAll, describe, expect, it, vi } from 'vitest';
import { commandOptions } from '../../harness/cli/command-options.ts';
import { doctorFindings } from '../../harness/cli/doctor-findings.ts';
import { helpLists } from '../../harness/cli/help-lists.ts';
import { needInstalled } from '../../harness/cli/requirements.ts';
import { readScenarioArguments, type ScenarioArguments } from '../../harness/cli/scenario-arguments.ts';
import { formatIssues, writeReports } from '../../harness/cli/write-reports.ts';
import { listCommand } from '../../harness/commands/list.ts';
import { Report } from '../../harness/model/report.ts';
import { scenarioIssues } from '../../harness/plan/issues.ts';
import type { ReportView } from '../../harness/report/view.ts';
import { readRunFolder } from '../../harness/run/run-reader.ts';
import { imageKindFor } from '../../harness/runtime/docker/image-plan.ts';
import { runtimes } from '../../harness/runtime/registry.ts';
import { profiles } from '../../scenarios/profiles.ts';
import { scenarioNamed, scenarios } from '../../scenarios/registry.ts';
import { agentsInMemory } from '../agent-in-memory.ts';
import { runScenario } from '../run-scenario.ts';

/*
 * One extension of each kind, added as ARCHITECTURE.md describes: its files are in test/fixtures/extension, its line in
 * the registry is here. Sampled metrics and runtimes have tests of their own beside this one.
 */

/** Adds a line to a registry before anything reads it. */
function add<T>(registry: readonly T[], entry: T): void {
  (registry as T[]).push(entry);
}

vi.mock(import('../../scenarios/registry.ts'), async (original) => {
  const module = await original();
  const { Scenario } = await import('../../harness/model/scenario.ts');
  const { fixtureScenario } = await import('../fixtures/extension/scenario.ts');
  add(module.scenarios, Scenario.parse(fixtureScenario));
  return module;
});
vi.mock(import('../../scenarios/profiles.ts'), async (original) => {
  const module = await original();
  add(module.profiles, (await import('../fixtures/extension/scenario.ts')).fixtureProfile);
  return module;
});
vi.mock(import('../../harness/load/traits.ts'), async (original) => {
  const module = await original();
  add(module.engineTraits, (await import('../fixtures/extension/engine-traits.ts')).fixtureEngineTraits);
  return module;
});
vi.mock(import('../../harness/load/engines.ts'), async (original) => {
  const module = await original();
  add(module.engines, (await import('../fixtures/extension/engine.ts')).fixtureEngine);
  return module;
});
vi.mock(import('../../harness/servers/traits.ts'), async (original) => {
  const module = await original();
  add(module.serverTraits, (await import('../fixtures/extension/server-traits.ts')).fixtureServerTraits);
  return module;
});
vi.mock(import('../../harness/servers/kinds.ts'), async (original) => {
  const module = await original();
  add(module.serverKinds, (await import('../fixtures/extension/server.ts')).fixtureServer);
  return module;
});
vi.mock(import('../../harness/report/exporters.ts'), async (original) => {
  const module = await original();
  add(module.exporters, (await import('../fixtures/extension/report-format.ts')).fixtureFormat);
  return module;
});
vi.mock(import('../../harness/components/table.ts'), async (original) => {
  const module = await original();
  Object.assign(module.components, {
    'fixture-spare': { signs: ['fixture-spare'], packages: ['fixture-package'], image: 'none' },
    'fixture-program': { signs: ['fixture-program'], packages: ['fixture-package'], image: 'lab' },
  });
  return module;
});

const name = 'fixture-pings';
const known = { scenarios, profiles, runtimes };

function argumentsFor(more: Partial<ScenarioArguments> = {}): ScenarioArguments {
  return { names: [name], runtime: 'auto', quick: false, sysctl: [], serverEnv: [], clientEnv: [], ...more };
}

let ran: { report: Report; view: ReportView; folder: string };
beforeAll(async () => {
  const runtime = agentsInMemory({ present: new Set(['fixture-program']) });
  ran = await runScenario(runtime, scenarioNamed(name), { form: 'full' });
});
const cell = () => ran.report.cells[0];

describe('a scenario of one file, its page and two lines', () => {
  it('is listed, found by name, and suggested', () => {
    const write = vi.spyOn(process.stdout, 'write').mockReturnValue(true);
    expect(listCommand({ json: false })).toBe(0);
    expect(write.mock.calls.join('')).toMatch(/^ {2}fixture-pings +the fixture engine against the fixture server$/m);
    write.mockRestore();
    expect(readScenarioArguments(argumentsFor(), known)).toMatchObject({
      input: { scenarios: [{ name }] },
      issues: [],
    });
    const [issue] = readScenarioArguments(argumentsFor({ names: ['fixture-ping'] }), known).issues;
    expect(issue?.hint).toBe('did you mean fixture-pings?');
  });

  it('is planned without an issue, and run to a verdict with its expectation', () => {
    expect(scenarioIssues(scenarioNamed(name), profiles)).toEqual([]);
    expect(cell()).toMatchObject({
      scenario: name,
      verdict: 'healthy',
      expectations: [{ text: 'each leaves a TIME_WAIT', holds: true }],
    });
  });
});

describe('a profile of one entry', () => {
  it('is listed, accepted, and set on every peer', () => {
    expect(readScenarioArguments(argumentsFor({ profiles: 'fixture-range' }), known).issues).toEqual([]);
    expect(readScenarioArguments(argumentsFor({ profiles: 'fixture-rage' }), known).issues[0]?.hint).toContain(
      'fixture-range',
    );
    expect(cell()).toMatchObject({
      profile: 'fixture-range',
      peers: { client: { sysctls: { effective: { 'net.ipv4.ip_local_port_range': '40000 40999' } } } },
    });
  });
});

describe('an engine of two files and a line in each registry', () => {
  it('is in --help, accepted by --engine, and suggested', () => {
    expect(commandOptions(helpLists).scenario.engine.describe).toMatch(/fixture-engine$/);
    expect(readScenarioArguments(argumentsFor({ engine: 'fixture-engine' }), known).issues).toEqual([]);
    expect(readScenarioArguments(argumentsFor({ engine: 'fixture-engin' }), known).issues).toMatchObject([
      { field: '--engine', hint: 'did you mean fixture-engine?' },
    ]);
  });

  it('reports close policies and parameters that it does not have', () => {
    const scenario = scenarioNamed(name);
    const load = { ...scenario.load, closePolicy: 'leak' as const, parameters: { pase: 'x' } };
    expect(scenarioIssues({ ...scenario, load }, profiles)).toMatchObject([
      { field: 'scenarios.fixture-pings.load.parameters.pase', hint: 'one of pace' },
      {
        field: 'scenarios.fixture-pings.load.closePolicy',
        message: "fixture-engine does not support the close policy 'leak'",
      },
    ]);
  });

  it('gives a report with a verdict, a ledger that balances and no gap, from its journal lines', async () => {
    expect(Report.parse(ran.report)).toBeTruthy();
    expect(cell()).toMatchObject({
      verdict: 'healthy',
      load: {
        engine: 'fixture-engine',
        engineVersion: 'fixture 1.0',
        attempts: 30,
        completed: 30,
        inFlight: 0,
        blindSpots: ['latencies are not measured'],
      },
      budget: { fourTuples: 1000 },
    });
    const { ledger } = cell() as Extract<Report['cells'][number], { ledger: unknown }>;
    expect(ledger.identities.map(({ holds }) => holds)).not.toContain(false);
    expect(ledger.identities.length).toBeGreaterThanOrEqual(4);
    expect((await readRunFolder(ran.folder)).result().report).toEqual(ran.report);
  });
});

describe('a server of two files and a line in each registry', () => {
  it('is checked by its own traits', () => {
    const scenario = scenarioNamed(name);
    const serves = [{ ...scenario.peers.server?.serves[0], parameters: { greting: 'x' } }];
    const peers = { ...scenario.peers, server: { ...scenario.peers.server, serves } } as typeof scenario.peers;
    const issues = scenarioIssues({ ...scenario, peers }, profiles);
    expect(issues.map(({ hint }) => hint)).toContain('one of greeting');
  });

  it('is started by the agent, and is in the report with its facts', () => {
    expect(cell()).toMatchObject({
      peers: {
        server: {
          servers: [{ server: 'fixture-server', version: 'fixture 2.0', closes: 'after the client' }],
          cpu: { 'fixture-server': 0.1 },
        },
      },
    });
  });
});

describe('a report format of one file and two lines', () => {
  it('is in --help, accepted by --format, suggested, and written', async () => {
    expect(commandOptions(helpLists).scenario.format.describe).toContain('fixture-format');
    expect(formatIssues(['fixture-format'])).toEqual([]);
    expect(formatIssues(['fixture-forma'])[0]?.hint).toBe('did you mean fixture-format?');
    const out = mkdtempSync(join(tmpdir(), 'timewait-lab-format-'));
    await writeReports(out, ran.view, { formats: ['fixture-format'], replace: false });
    expect(readFileSync(join(out, 'fixture.txt'), 'utf8')).toBe('fixture-pings/fixture-range/1 is healthy\n');
  });
});

describe('a component of one entry', () => {
  it('is required by what names it, and explained where it is missing', async () => {
    const scenario = scenarioNamed(name);
    const missing = () => needInstalled([scenario], new Set());
    expect(missing).toThrowError(expect.objectContaining({ hint: expect.stringContaining('fixture-package') }));
    const { report } = await runScenario(agentsInMemory({ present: new Set() }), scenario, { form: 'full' });
    expect(report.cells[0]).toMatchObject({ verdict: 'skipped', reason: expect.stringContaining('fixture-program') });
  });

  it('is found by doctor, and in the image that brings it', async () => {
    const runtime = agentsInMemory({ present: new Set() });
    const { capabilities } = runtime;
    const findings = await doctorFindings([{ name: runtime.name, capabilities, load: async () => runtime }]);
    expect(findings.find((one) => one.name === 'fixture-program')).toMatchObject({
      works: false,
      text: 'component fixture-program: for fixture-pings, which are skipped',
    });
    expect(findings.find((one) => one.name === 'fixture-spare')?.text).toBe(
      'component fixture-spare: no scenario needs it',
    );
    expect(imageKindFor(['fixture-program']).name).toBe('lab');
    expect(imageKindFor(['fixture-program', 'nginx']).brings).toContain('fixture-program');
  });
});
