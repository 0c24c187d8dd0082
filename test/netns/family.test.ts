import { beforeAll, expect, it } from 'vitest';
import { probeComponents } from '../../harness/components/probe-components.ts';
import { type CellReport, isMeasured } from '../../harness/model/report.ts';
import { missingComponents } from '../../harness/plan/requirements.ts';
import { scenarioNamed } from '../../scenarios/registry.ts';
import { requireOrSkip } from '../require.ts';
import { runScenarios } from '../run-scenario.ts';
import { realStacks } from './stack.ts';

const runtime = realStacks();
const present = probeComponents();
const lacks = (name: string) => missingComponents(scenarioNamed(name), present);

const groups: { names: string[]; profileNames: string[] }[] = [
  {
    names: ['short-conn', 'keep-alive', 'server-close', 'redis-ping', 'wrk-tomcat'],
    profileNames: ['tw-reuse-0', 'tw-reuse-1'],
  },
  { names: ['lb-chain'], profileNames: ['lb-tw-reuse-0'] },
];
const names = groups.flatMap((group) => group.names);
const cells: CellReport[] = [];

beforeAll(async () => {
  if (!(await runtime.availability()).available) return;
  for (const { names, profileNames } of groups) {
    const scenarios = names.filter((name) => lacks(name) === null).map(scenarioNamed);
    if (scenarios.length === 0) continue;
    const options = { profileNames, parallel: 'auto' as const, overrides: { family: 6 as const } };
    cells.push(...(await runScenarios(runtime, scenarios, options)).report.cells);
  }
}, 300_000);

it.for(names)('%s over IPv6 has the verdicts that it is expected to have over IPv4, and balances', (name, context) => {
  const missing = lacks(name);
  requireOrSkip('components', missing === null ? null : `${missing.reason}; ${missing.hint}`, context);
  const of = cells.filter(({ scenario }) => scenario === name);
  expect(of.length).toBeGreaterThan(0);
  const measured = of.filter(isMeasured);
  expect(measured).toHaveLength(of.length);
  for (const cell of measured) {
    expect(cell.family).toBe(6);
    expect(cell.ledger.closes).toBe(true);
    expect(cell.expectations.filter(({ holds }) => !holds).map(({ text, observed }) => `${text}: ${observed}`)).toEqual(
      [],
    );
    const peers = Object.values(cell.peers);
    const remote = peers.flatMap((peer) => (peer.hops ?? []).map(({ address }) => address));
    // Each is in the benchmarking range (RFC 5180). Without TIME_WAITs no socket may be left to read after the load.
    if (peers.some(({ timeWait }) => (timeWait.created ?? 0) > 0)) expect(remote.length).toBeGreaterThan(0);
    expect(remote.every((address) => address.startsWith('2001:2:'))).toBe(true);
  }
});
