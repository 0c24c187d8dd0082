import { expect, it } from 'vitest';
import { isMeasured } from '../../harness/model/report.ts';
import { scenarioNamed } from '../../scenarios/registry.ts';
import { runScenario } from '../run-scenario.ts';
import { realStacks } from './stack.ts';

const runtime = realStacks();

it.each([
  ['short-conn', ['tw-reuse-0', 'tw-reuse-1']],
  ['keep-alive', ['tw-reuse-0']],
  ['server-close', ['tw-reuse-0']],
  ['redis-ping', ['tw-reuse-0', 'tw-reuse-1']],
  ['wrk-tomcat', ['tw-reuse-1']],
  ['lb-chain', ['lb-tw-reuse-0']],
])('%s over IPv6 has the verdicts that it is expected to have over IPv4, and balances', async (name, profileNames) => {
  const { report } = await runScenario(runtime, scenarioNamed(name), { profileNames, overrides: { family: 6 } });
  const cells = report.cells.filter(isMeasured);
  expect(cells).toHaveLength(report.cells.length);
  for (const cell of cells) {
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
