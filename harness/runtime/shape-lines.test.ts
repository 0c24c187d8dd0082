import { describe, expect, it } from 'vitest';
import type { CellPlan, PeerPlan } from '../model/cell.ts';
import { Scenario, type ScenarioInput } from '../model/scenario.ts';
import { plan } from '../plan/plan.ts';
import { shapeLines } from './shape-lines.ts';

const profiles = [{ name: 'baseline', title: 'kernel defaults', sysctls: {} }];

function planned(link: ScenarioInput['links'][number], qdiscs: ReadonlySet<string> | null = null): CellPlan {
  const scenario = Scenario.parse({
    name: 'far',
    title: 't',
    story: 's',
    peers: { client: {}, server: { serves: [{ server: 'node-http' }] } },
    links: [link],
    load: { closePolicy: 'client-fin', arrival: { loop: 'closed', concurrency: 1 }, durationMs: 100 },
    profiles: ['baseline'],
  });
  const input = { scenarios: [scenario], profiles, repetitions: 1, form: 'full' as const, settable: null };
  const result = plan({ ...input, qdiscs, overrides: { sysctls: {} } });
  if (!result.ok) throw new Error(JSON.stringify(result.issues));
  return result.cells[0] as CellPlan;
}

const between: [string, string] = ['client', 'server'];
const lines = (cell: CellPlan) => cell.peers.map((peer: PeerPlan) => shapeLines(cell, peer));

describe('tc lines of a link', () => {
  it.each([
    [{ delayMs: 20 }, ['root handle 1: netem limit 100000 delay 20ms']],
    [{ lossPercent: 0.5 }, ['root handle 1: netem limit 100000 loss random 0.5%']],
    [{ rateMbit: 1 }, ['root handle 1: tbf rate 1mbit burst 10000b latency 100ms']],
    [{ rateMbit: 1000 }, ['root handle 1: tbf rate 1000mbit burst 1250000b latency 100ms']],
    [
      { delayMs: 5, lossPercent: 1, rateMbit: 10 },
      [
        'root handle 1: netem limit 100000 delay 5ms loss random 1%',
        'parent 1:1 handle 10: tbf rate 10mbit burst 12500b latency 100ms',
      ],
    ],
  ])('%j, at both ends', (shape, expected) => {
    const own = expected.map((line) => `qdisc add dev eth0 ${line}`);
    expect(lines(planned({ between, ...shape }))).toEqual([own, own]);
  });

  it('are none without a shape, in either notation', () => {
    expect(lines(planned(between))).toEqual([[], []]);
    expect(lines(planned({ between }))).toEqual([[], []]);
  });
});

describe('a cell with a shaped link', () => {
  it('is skipped with the name of the missing module, and only if it needs it', () => {
    const slow = planned({ between, delayMs: 1, rateMbit: 1 }, new Set(['tbf']));
    expect(slow.skip?.reason).toBe('this kernel cannot delay or drop packets on a link: it has no sch_netem');
    expect(slow.skip?.hint).toContain('modprobe sch_netem');
    expect(planned({ between, rateMbit: 1 }, new Set(['tbf'])).skip).toBeUndefined();
    expect(planned({ between, rateMbit: 1 }, new Set()).skip?.reason).toContain('limit the rate on a link');
    expect(planned({ between, delayMs: 1 }, null).skip).toBeUndefined();
  });

  it('says in the report what the link does', () => {
    expect(planned({ between, delayMs: 20, lossPercent: 1, rateMbit: 10 }).notes).toEqual([
      'link client–server: 20 ms each way, 1 % loss, 10 Mbit/s',
    ]);
  });
});

it.each([
  [{ delayMs: 0 }, 'delayMs'],
  [{ lossPercent: 101 }, 'lossPercent'],
  [{ rateMbit: -1 }, 'rateMbit'],
  [{ jitterMs: 1 }, 'jitterMs'],
])('refuses %j', (shape, field) => {
  expect(() => planned({ between, ...shape } as never)).toThrow(field);
});
