import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { profiles } from '../../scenarios/profiles.ts';
import { scenarios } from '../../scenarios/registry.ts';
import type { Scenario } from '../model/scenario.ts';
import { portRangeKey, sysctlIssues } from '../model/sysctls.ts';
import { type PlanInput, plan } from './plan.ts';
import { scaledRange } from './quick.ts';
import { mergeDeep } from './variant.ts';

const shortConn = scenarios.find((scenario) => scenario.name === 'short-conn') as Scenario;

function input(changes: Partial<PlanInput> = {}): PlanInput {
  return {
    scenarios: [shortConn],
    profiles,
    profileNames: ['tw-reuse-0', 'tw-reuse-1'],
    repetitions: 1,
    form: 'quick',
    overrides: { sysctls: {} },
    settable: null,
    ...changes,
  };
}

function cellsOf(result: ReturnType<typeof plan>) {
  if (!result.ok) throw new Error(JSON.stringify(result.issues));
  return result.cells;
}

describe('plan', () => {
  it('makes a cell of every scenario × profile × repetition, interleaved', () => {
    const cells = cellsOf(plan(input({ repetitions: 2 })));
    expect(cells.map((cell) => cell.id)).toEqual([
      'short-conn/tw-reuse-0/1',
      'short-conn/tw-reuse-1/1',
      'short-conn/tw-reuse-0/2',
      'short-conn/tw-reuse-1/2',
    ]);
  });

  it('runs variants of the load once where a program makes it, and those of the topology each', () => {
    const named = (name: string) => scenarios.filter((scenario) => scenario.name === name);
    const ids = (name: string, profile: string) => {
      const overrides = { sysctls: {}, clientCommand: 'hey {url}' };
      return cellsOf(plan(input({ scenarios: named(name), profileNames: [profile], overrides }))).map(({ id }) => id);
    };
    expect(ids('redis-ping', 'tw-reuse-0')).toEqual(['redis-ping/tw-reuse-0/1']);
    expect(ids('lb-chain', 'lb-tw-reuse-0')).toHaveLength(3);
  });

  it('gives a rate to arrivals alone, not to connections that stay open', () => {
    const redis = scenarios.filter((scenario) => scenario.name === 'redis-ping');
    const overrides = { sysctls: {}, rate: 600 };
    const cells = cellsOf(plan(input({ scenarios: redis, profileNames: ['tw-reuse-0'], overrides })));
    const [open, kept] = cells;
    expect(open?.scenario.load.arrival).toMatchObject({ loop: 'open', ratePerSec: 600 });
    expect(kept?.scenario.load.arrival).toEqual({ loop: 'closed', concurrency: 1 });
    expect(kept?.notes?.join()).toContain('--rate does not apply');
  });

  it('scales ports of the client and rate together in the quick form only', () => {
    const [quick] = cellsOf(plan(input()));
    const [full] = cellsOf(plan(input({ form: 'full' })));
    const range = (cell: typeof quick, role: string) =>
      cell?.peers.find((peer) => peer.role === role)?.sysctls[portRangeKey];
    expect(range(quick, 'client')).toBe('32768 33767');
    expect(range(quick, 'server')).toBeUndefined();
    expect(range(full, 'client')).toBeUndefined();
    const unscaled = (cell: typeof quick) => cell?.peers.map((peer) => peer.unscaled);
    expect(unscaled(quick)).toEqual([{ [portRangeKey]: '32768 60999' }, undefined]);
    expect(unscaled(full)).toEqual([undefined, undefined]);
    const [wide] = cellsOf(plan(input({ profileNames: ['wide-range'] })));
    expect(unscaled(wide)).toEqual([{ [portRangeKey]: '1024 65535' }, undefined]);
    const said = { sysctls: { client: { [portRangeKey]: '2000 2099' } } };
    expect(unscaled(cellsOf(plan(input({ overrides: said })))[0])).toEqual([undefined, undefined]);
    expect(quick?.scenario.load.arrival).toMatchObject({ ratePerSec: 500 });
    expect(full?.scenario.load.arrival).toMatchObject({ ratePerSec: 2000 });
  });

  it('gives the command line precedence over profile and quick form', () => {
    const overrides = { sysctls: { client: { [portRangeKey]: '2000 2099' } }, rate: 'max', durationMs: 700 } as const;
    const [cell] = cellsOf(plan(input({ overrides })));
    expect(cell?.peers[0]?.sysctls[portRangeKey]).toBe('2000 2099');
    expect(cell?.scenario.load).toMatchObject({ durationMs: 700, arrival: { loop: 'closed' } });
  });

  it('skips a cell whose key this kernel does not have, with the reason', () => {
    const settable = new Set(['net.ipv4.tcp_tw_reuse', portRangeKey]);
    const cells = cellsOf(plan(input({ profileNames: ['tw-reuse-0', 'reuse-delay-100ms', 'tw-recycle'], settable })));
    expect(cells.map((cell) => cell.skip?.reason ?? null)).toEqual([
      null,
      expect.stringContaining('6.14'),
      expect.stringContaining('4.12'),
    ]);
  });

  it('names every issue at once', () => {
    const wrong = mergeDeep(shortConn, {
      load: { engine: 'warp', from: 'nobody' },
      links: [['client', 'moon']],
      expectations: [{ text: 'x', holds: 'client.timeWayt.peak > 0' }],
      peers: { server: { serves: [{ server: 'apache', ports: [80], parameters: {} }] } },
      requires: ['ngix'],
    }) as Scenario;
    const result = plan(input({ scenarios: [wrong] }));
    const fields = result.ok ? [] : result.issues.map((issue) => issue.field.replace('scenarios.short-conn.', ''));
    expect(fields).toEqual(
      expect.arrayContaining([
        'links.0.1',
        'load.from',
        'load.engine',
        'peers.server.serves.0.server',
        'expectations.0.holds',
        'requires',
      ]),
    );
    expect(result.ok ? [] : result.issues.map((issue) => issue.hint)).toContain('one of nginx');
  });

  it('refuses parameters that no engine or server of this name has, and values that are not valid', () => {
    const wrong = mergeDeep(shortConn, {
      load: { parameters: { conversion: 'http', transport: 'pigeon' } },
      peers: { server: { serves: [{ server: 'node-http', ports: [80], parameters: { status: 'x', gzip: 1 } }] } },
    }) as Scenario;
    const result = plan(input({ scenarios: [wrong] }));
    const issues = result.ok ? [] : result.issues.map(({ field, message, hint }) => `${field}: ${message} (${hint})`);
    expect(issues.map((issue) => issue.replace('scenarios.short-conn.', ''))).toEqual([
      "load.parameters.conversion: churn has no parameter 'conversion' (one of conversation, method, transport)",
      "load.parameters.transport: 'pigeon' is not valid (auto, tcp-handle or net-socket)",
      "peers.server.serves.0.parameters.gzip: node-http has no parameter 'gzip' (one of status, delayMs, onClientFin, closeDelayMs, afterAnswer, maxRequestsPerConnection, keepAliveTimeoutMs, backlog, transport)",
      "peers.server.serves.0.parameters.status: 'x' is not valid (200 or 404)",
    ]);
  });

  it('gives another engine no parameters of the one that it replaces', () => {
    const redisPing = scenarios.filter((scenario) => scenario.name === 'redis-ping');
    const overrides = { sysctls: {}, clientCommand: 'redis-benchmark -p {port}' };
    const [cell] = cellsOf(plan(input({ scenarios: redisPing, overrides })));
    expect(cell?.scenario.load.parameters).toEqual({ command: 'redis-benchmark -p {port}' });
  });

  it('refuses short connections with autocannon and names churn', () => {
    const result = plan(input({ overrides: { sysctls: {}, engine: 'autocannon' } }));
    expect(result.ok ? [] : result.issues.map((one) => one.hint).join()).toContain('churn');
  });

  it('gives every link of every cell addresses of 198.18.0.0/15, no two ends alike', () => {
    const cells = cellsOf(plan(input({ repetitions: 40, scenarios: [...scenarios], form: 'full' })));
    for (const cell of cells) {
      const between = cell.links.filter((link) => !link.isLocal);
      const addresses = between.flatMap((link) => link.ends.flatMap((end) => end.addresses));
      expect(new Set(addresses).size).toBe(addresses.length);
      for (const address of addresses) expect(address).toMatch(/^198\.1[89]\.\d+\.\d+$/);
    }
  });
});

describe('the quick form of a range', () => {
  it('is even, never wider, and keeps the low end', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 65535 }), fc.integer({ min: 1, max: 65535 }), (a, b) => {
        const [low, high] = [Math.min(a, b), Math.max(a, b)];
        const [from, to] = scaledRange(`${low} ${high}`).split(' ').map(Number) as [number, number];
        expect(from).toBe(low);
        expect(to).toBeLessThanOrEqual(high);
        if (high - low + 1 > 1000) expect((to - from + 1) % 2).toBe(0);
      }),
    );
    expect(scaledRange(undefined)).toBe('32768 33767');
    expect(scaledRange('1024 65535')).toBe('1024 3309');
    expect(scaledRange(undefined, 4000)).toBe('32768 36767');
    expect(scaledRange('1024 4023', 4000)).toBe('1024 4023');
  });
});

describe('sysctl issues', () => {
  it('finds none in any profile', () => {
    for (const profile of profiles) {
      for (const values of Object.values(profile.sysctls)) expect(sysctlIssues(values, profile.name)).toEqual([]);
    }
  });
});
