import { expect, it } from 'vitest';
import { compareRuns } from '../../harness/analysis/compare/compare.ts';
import { findProgram } from '../../harness/components/probe-components.ts';
import { isMeasured, type Report } from '../../harness/model/report.ts';
import type { Scenario } from '../../harness/model/scenario.ts';
import { withServerCommand } from '../../harness/plan/server-command.ts';
import { scenarioNamed } from '../../scenarios/registry.ts';
import { requireOrSkip } from '../require.ts';
import { type RunOptions, runScenario } from '../run-scenario.ts';
import { realStacks } from './stack.ts';

const runtime = realStacks();
const shortConn = scenarioNamed('short-conn');

const served = (command: string, port?: number): Scenario =>
  withServerCommand(shortConn, { role: null, value: command }, { port, folder: '/' });

async function run(scenario: Scenario, overrides: NonNullable<RunOptions['overrides']> = {}): Promise<Report> {
  const options = { profileNames: ['tw-reuse-0'], overrides: { durationMs: 1500, rate: 50, ...overrides } };
  return (await runScenario(runtime, scenario, options)).report;
}

const python = 'python3 -m http.server --protocol HTTP/1.1 --bind {address} {port}';

it("a server that closes after each answer keeps the TIME_WAIT, and the client's ports do not run out", async (context) => {
  requireOrSkip('components', findProgram('python3') === null ? 'python3 not found' : null, context);
  const scenario = served('python3 -m http.server --bind {address} {port}');
  const report = await run(scenario, { rate: 400, durationMs: 4000 });
  const [cell] = report.cells.filter(isMeasured);
  expect(cell?.load.attempts).toBeGreaterThan(1000);
  expect(cell?.verdict).toBe('healthy');
  expect(cell?.ledger.closes).toBe(true);
  expect(cell?.peers.server?.timeWait.created).toBeGreaterThan(1000);
});

it('a server that keeps connections is found to do so', async (context) => {
  requireOrSkip('components', findProgram('python3') === null ? 'python3 not found' : null, context);
  const [cell] = (await run(served(python))).cells.filter(isMeasured);
  const [server] = cell?.peers.server?.servers ?? [];
  expect(server?.closes).toBe(
    'closes after its answer to HTTP/1.0 and Connection: close; keeps the connection after HTTP/1.1 (one probing connection each)',
  );
  expect(server?.program).toMatchObject({
    command: python,
    files: { python3: expect.stringMatching(/^[0-9a-f]{12}$/) },
  });
  // The probing connections end by resets before anything is counted.
  expect(cell?.peers.server?.counters['Tcp.PassiveOpens']).toBe(cell?.load.connected);
});

it.each([
  ['a wrong port', "sh -c 'echo started on another port >&2; sleep 60'", 'does not listen on 8080 after 0.5 s'],
  ['a daemon', 'true', 'a server must stay in the foreground'],
])('a server with %s fails with the reason', async (_, command, text) => {
  const scenario = served(command);
  const [spec] = scenario.peers.server?.serves ?? [];
  if (spec !== undefined) spec.parameters = { ...spec.parameters, readyMs: 500 };
  const [cell] = (await run(scenario)).cells;
  expect(cell).toMatchObject({ verdict: 'failed' });
  expect(JSON.stringify(cell)).toContain(text);
  if (command.includes('echo')) expect(JSON.stringify(cell)).toContain('started on another port');
});

it('compare names the client and the server that differ, and nothing where they are the same', async (context) => {
  for (const program of ['python3', 'ab']) {
    requireOrSkip('components', findProgram(program) === null ? `${program} not found` : null, context);
  }
  const [base, same, other, client] = [
    await run(served(python)),
    await run(served(python)),
    await run(shortConn),
    await run(served(python), { clientCommand: 'ab -n 50 -c 1 {url}' }),
  ] as [Report, Report, Report, Report];
  const differs = (report: Report) =>
    compareRuns([
      { name: 'base', reports: [base] },
      { name: 'other', reports: [report] },
    ])[0]?.differingFacts.map(({ fact }) => fact);
  expect(differs(same)).toEqual([]);
  expect(differs(other)).toEqual(['server of short-conn at server']);
  expect(differs(client)).toEqual(['load of short-conn']);
});
