import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { probeComponents } from '../../harness/components/probe-components.ts';
import { isMeasured, type MeasuredCell } from '../../harness/model/report.ts';
import { Scenario, type ScenarioInput } from '../../harness/model/scenario.ts';
import type { Overrides } from '../../harness/plan/overrides.ts';
import { missingComponents } from '../../harness/plan/requirements.ts';
import { requireOrSkip } from '../require.ts';
import { runScenario } from '../run-scenario.ts';
import { realStacks, root } from './stack.ts';

const runtime = realStacks();

/** One network stack with client and servers, and 500 ports. */
function oneHost(changes: { serves?: object[]; load?: object }): Scenario {
  const input: ScenarioInput = {
    name: 'one-host',
    title: 't',
    story: 's',
    peers: {
      host: {
        sysctls: { 'net.ipv4.ip_local_port_range': '32768 33267' },
        serves: (changes.serves ?? [{ server: 'node-http' }]) as never,
      },
    },
    links: [['host', 'host']],
    load: {
      from: 'host',
      to: 'host',
      closePolicy: 'client-fin',
      arrival: { loop: 'open', ratePerSec: 400 },
      durationMs: 2000,
      ...changes.load,
    },
    profiles: ['tw-reuse-0'],
    subject: 'host',
  };
  return Scenario.parse(input);
}

async function measured(scenario: Scenario, overrides: Partial<Overrides> = {}): Promise<MeasuredCell> {
  const { report } = await runScenario(runtime, scenario, { overrides });
  const [cell] = report.cells;
  if (cell === undefined || !isMeasured(cell)) throw new Error(`not measured: ${JSON.stringify(cell)}`);
  return cell;
}

const broken = (cell: MeasuredCell) => cell.ledger.identities.filter(({ holds }) => !holds);
/** `at most 500 of 500 ports from 127.0.0.1 …`: the most that are used, and how many there are. */
const mostUsed = (cell: MeasuredCell) =>
  cell.evidence.flatMap((line) => {
    const [, used, of] = /at most (\d+) of (\d+) ports from/.exec(line) ?? [];
    return used === undefined ? [] : [[Number(used), Number(of)]];
  });

describe('client and server in one network stack', () => {
  it.each([
    ['client-fin', 'exhausted', 500],
    ['client-rst', 'healthy', 800],
    ['server-fin', 'healthy', 800],
  ])('%s is %s after %i connections, and the counts of both ends balance', async (closePolicy, verdict, connected) => {
    const cell = await measured(oneHost({ load: { closePolicy } }));
    expect(broken(cell)).toEqual([]);
    expect(cell.verdict).toBe(verdict);
    const rsts = closePolicy === 'client-fin' ? (cell.peers.host?.counters['Tcp.OutRsts'] ?? 0) : 0;
    expect(cell.load.connected).toBeGreaterThanOrEqual(connected);
    expect(cell.load.connected).toBeLessThanOrEqual(connected + rsts);
    expect(cell.peers.host?.counters['Tcp.ActiveOpens']).toBe(cell.peers.host?.counters['Tcp.PassiveOpens']);
  });

  it('counts the ports of a pair alone where both ends keep TIME_WAITs', async () => {
    const file = join(root, 'test', 'fixtures', 'close-both-ways.mjs');
    const load = { durationMs: 10_000 };
    const cell = await measured(oneHost({ load }), {
      clientCommand: `${process.execPath} ${file} {address} {port} 900`,
    });
    expect(broken(cell)).toEqual([]);
    expect(cell.peers.host?.timeWait.created).toBe(900);
    expect(cell.evidence.filter((line) => line.includes('four-tuples at once'))).toEqual([]);
    // Only the connections that the program closed keep a port of the range.
    expect(mostUsed(cell)).toEqual([[450, 500]]);
  });

  it('runs a proxy and the server behind it beside the load', async (context) => {
    const serves = [
      { server: 'nginx', ports: [8081], upstream: ['host'] },
      { server: 'node-http', ports: [8080] },
    ];
    const scenario = oneHost({ serves, load: { arrival: { loop: 'open', ratePerSec: 100 } } });
    const missing = missingComponents(scenario, probeComponents());
    requireOrSkip('components', missing === null ? null : `${missing.reason}; ${missing.hint}`, context);
    const cell = await measured(scenario);
    expect(broken(cell)).toEqual([]);
    const { 'Tcp.ActiveOpens': opened, 'Tcp.PassiveOpens': accepted } = cell.peers.host?.counters ?? {};
    expect([cell.load.connected, opened, accepted]).toEqual([200, 400, 400]);
    expect(
      cell.peers.host?.hops
        ?.filter(({ way }) => way === 'opened')
        .map(({ port }) => port)
        .sort(),
    ).toEqual([8080, 8081]);
  });

  it('measures a program of the user on 127.0.0.1', async () => {
    const file = join(root, 'test', 'fixtures', 'short-connections.mjs');
    const cell = await measured(oneHost({}), { clientCommand: `${process.execPath} ${file} {url} 30` });
    expect(broken(cell)).toEqual([]);
    expect([cell.verdict, cell.load.attempts]).toEqual(['healthy', 30]);
  });
});
