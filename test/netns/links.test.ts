import { readlinkSync } from 'node:fs';
import { execa } from 'execa';
import { expect, it } from 'vitest';
import { probeComponents } from '../../harness/components/probe-components.ts';
import type { CellPlan } from '../../harness/model/cell.ts';
import type { LinkShape } from '../../harness/model/link.ts';
import { isMeasured, type MeasuredCell } from '../../harness/model/report.ts';
import { Scenario } from '../../harness/model/scenario.ts';
import { plan } from '../../harness/plan/plan.ts';
import { profiles } from '../../scenarios/profiles.ts';
import { requireOrSkip } from '../require.ts';
import { runScenario } from '../run-scenario.ts';
import { realStacks } from './stack.ts';

const runtime = realStacks();

function far(shape: LinkShape, changes: { load?: object; server?: object } = {}): Scenario {
  return Scenario.parse({
    name: 'far',
    title: 't',
    story: 's',
    peers: { client: {}, server: { serves: [{ server: 'node-http' }], ...changes.server } },
    links: [{ between: ['client', 'server'], ...shape }],
    load: {
      closePolicy: 'client-fin',
      arrival: { loop: 'closed', concurrency: 16 },
      durationMs: 1500,
      requestsPerConnection: 0,
      ...changes.load,
    },
    profiles: ['tw-reuse-0'],
  });
}

async function measured(scenario: Scenario): Promise<MeasuredCell> {
  const { report } = await runScenario(runtime, scenario, {});
  const [cell] = report.cells;
  if (cell === undefined || !isMeasured(cell)) throw new Error(`not measured: ${JSON.stringify(cell)}`);
  expect(cell.ledger.identities.filter(({ holds }) => !holds)).toEqual([]);
  return cell;
}

const sentBytes = (cell: MeasuredCell, role: string) => cell.peers[role]?.counters['IpExt.OutOctets'] ?? 0;

it('a rate bounds what both peers send, and takes effect', async (context) => {
  const known = await runtime.qdiscs?.(['tbf']);
  requireOrSkip('components', known?.has('tbf') ? null : 'this kernel has no sch_tbf', context);
  const rateMbit = 2;
  const slow = await measured(far({ rateMbit }));
  const free = await measured(far({}));
  // What the rate lets through during the load and the rest after it, and the bucket; a slow machine only sends less.
  const most = ((rateMbit * 1e6) / 8) * ((slow.load.durationMs + 2500) / 1000) + 10_000;
  for (const role of ['client', 'server']) {
    expect(sentBytes(slow, role)).toBeGreaterThan(0);
    expect(sentBytes(slow, role)).toBeLessThanOrEqual(most);
  }
  expect(sentBytes(free, 'server')).toBeGreaterThan(sentBytes(slow, 'server'));
  expect(slow.explanation).toContain('link client–server: 2 Mbit/s');
});

it('the qdisc is at both ends and nowhere else', async (context) => {
  const known = await runtime.qdiscs?.(['tbf']);
  requireOrSkip('components', known?.has('tbf') ? null : 'this kernel has no sch_tbf', context);
  const input = { scenarios: [far({ rateMbit: 3 })], profiles, repetitions: 1, form: 'quick' as const, settable: null };
  const planned = plan({ ...input, overrides: { sysctls: {} } });
  if (!planned.ok) throw new Error(JSON.stringify(planned.issues));
  const testbed = await runtime.start(planned.cells[0] as CellPlan, {
    runId: 'links',
    signal: new AbortController().signal,
  });
  try {
    for (const { pid } of testbed.peers) {
      expect(readlinkSync(`/proc/${pid}/ns/net`)).not.toBe(readlinkSync('/proc/self/ns/net'));
      const { stdout } = await execa('nsenter', ['-t', String(pid), '-n', 'tc', '-j', 'qdisc', 'show']);
      const qdiscs: { kind: string; dev: string }[] = JSON.parse(stdout);
      expect(qdiscs.filter(({ kind }) => kind === 'tbf').map(({ dev }) => dev)).toEqual(['eth0']);
    }
  } finally {
    await testbed.stop();
  }
});

it('a delay is skipped with the name of the module where the kernel has none', async (context) => {
  const known = await runtime.qdiscs?.(['netem']);
  requireOrSkip('components', known?.has('netem') ? 'this kernel has sch_netem' : null, context);
  const { report } = await runScenario(runtime, far({ delayMs: 20, rateMbit: 10 }), {});
  expect(report.cells).toEqual([
    expect.objectContaining({ verdict: 'skipped', reason: expect.stringContaining('sch_netem') }),
  ]);
});

it('balances while packets are lost at random in both directions', async (context) => {
  requireOrSkip('components', probeComponents().has('nft') ? null : 'nft is not installed', context);
  const drop = (hook: string) => `chain ${hook} { type filter hook ${hook} priority 0;
    meta l4proto tcp numgen random mod 100 < 4 drop
  }`;
  const nftables = `table inet loss {\n  ${drop('input')}\n  ${drop('output')}\n}`;
  const lossy = far(
    {},
    {
      server: { nftables },
      load: { requestsPerConnection: 1, arrival: { loop: 'open', ratePerSec: 200 }, timeoutMs: 1500 },
    },
  );
  const cell = await measured(lossy);
  const sum = (name: string) =>
    ['client', 'server'].reduce((n, role) => n + (cell.peers[role]?.counters[name] ?? 0), 0);
  expect(sum('TcpExt.TCPSynRetrans')).toBeGreaterThan(0);
  expect(cell.load.attempts).toBe(300);
});
