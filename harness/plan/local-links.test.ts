import { describe, expect, it } from 'vitest';
import type { CellPlan, PeerPlan } from '../model/cell.ts';
import { Scenario, type ScenarioInput } from '../model/scenario.ts';
import { hopsOf } from './hops.ts';
import { localAddressesOf } from './local-links.ts';
import { plan } from './plan.ts';
import { servedSpecs, servingOrder } from './serving.ts';
import { localAddresses, targetsOf } from './topology.ts';

const profiles = [{ name: 'baseline', title: 'kernel defaults', sysctls: {} }];

function outcome(peers: ScenarioInput['peers'], links: ScenarioInput['links'], load: object = {}) {
  const scenario = Scenario.parse({
    name: 'one-host',
    title: 't',
    story: 's',
    peers,
    links,
    load: {
      from: 'host',
      to: 'host',
      closePolicy: 'client-fin',
      arrival: { loop: 'closed', concurrency: 1 },
      durationMs: 100,
      ...load,
    },
    subject: 'host',
    profiles: ['baseline'],
  });
  const input = { scenarios: [scenario], profiles, repetitions: 1, form: 'full' as const, settable: null };
  return plan({ ...input, overrides: { sysctls: {} } });
}

function planned(...input: Parameters<typeof outcome>): CellPlan {
  const result = outcome(...input);
  if (!result.ok) throw new Error(JSON.stringify(result.issues));
  return result.cells[0] as CellPlan;
}

function issuesOf(...input: Parameters<typeof outcome>): string[] {
  const result = outcome(...input);
  return result.ok ? [] : result.issues.map(({ field, message }) => `${field}: ${message}`);
}

const serves = (...ports: number[]) => ({ server: 'node-http', ports });

describe('a peer that connects to itself', () => {
  it('reaches its servers at 127.0.0.1, and binds to it', () => {
    const cell = planned({ host: { serves: [serves(8080, 8081)] } }, [['host', 'host']]);
    expect(targetsOf(cell, 'host', 'host')).toEqual([
      { address: '127.0.0.1', port: 8080 },
      { address: '127.0.0.1', port: 8081 },
    ]);
    expect(localAddresses(cell.links, 'host', 'host')).toEqual(['127.0.0.1']);
    expect(hopsOf(cell)).toEqual([{ openers: ['host'], acceptors: ['host'] }]);
    expect(cell.peers[0]?.routes).toEqual([]);
  });

  it('has an address for each that it asks for; IPv6 has one', () => {
    const cell = planned({ host: { addresses: 3, serves: [serves(8080)] } }, [['host', 'host']]);
    expect(targetsOf(cell, 'host', 'host').map(({ address }) => address)).toEqual([
      '127.0.0.1',
      '127.0.0.2',
      '127.0.0.3',
    ]);
    expect(localAddressesOf('loopback', 3, '', 6)).toEqual(['::1']);
  });

  it('has an own address where the link says so', () => {
    const cell = planned({ host: { serves: [serves(8080)] } }, [{ between: ['host', 'host'], address: 'own' }]);
    expect(targetsOf(cell, 'host', 'host')).toEqual([{ address: '198.18.0.2', port: 8080 }]);
  });

  it('never reaches another peer at its loopback address', () => {
    const peers = { host: { serves: [serves(8080)] }, other: { serves: [serves(9000)] } };
    const cell = planned(peers, [
      ['other', 'other'],
      ['host', 'host'],
      ['host', 'other'],
    ]);
    expect(targetsOf(cell, 'host', 'other')).toEqual([{ address: '198.18.2.102', port: 9000 }]);
    expect(targetsOf(cell, 'host', 'host')).toEqual([{ address: '127.0.0.1', port: 8080 }]);
    expect(servedSpecs(cell, cell.peers[0] as PeerPlan)[0]?.address).toBe('198.18.2.2');
  });

  it('sends the load to its proxy, and the proxy to the server behind it, which starts first', () => {
    const proxy = { server: 'nginx', ports: [80], upstream: ['host'] };
    const cell = planned({ host: { serves: [proxy, serves(8080)] } }, [['host', 'host']]);
    expect(targetsOf(cell, 'host', 'host')).toEqual([{ address: '127.0.0.1', port: 80 }]);
    expect(servingOrder(cell)).toHaveLength(1);
    expect(servedSpecs(cell, cell.peers[0] as PeerPlan).map(({ ports, upstreams }) => ({ ports, upstreams }))).toEqual([
      { ports: [8080], upstreams: [] },
      { ports: [80], upstreams: [{ address: '127.0.0.1', port: 8080 }] },
    ]);
  });
});

describe('every problem of links with oneself', () => {
  const peers = { host: { serves: [serves(8080)] }, other: {} };
  const loopback: ScenarioInput['links'] = [['host', 'host']];

  it.each<[string, ScenarioInput['links'], string]>([
    ['none', [['host', 'other']], 'load.to: host connects to itself, and has no link with itself'],
    ['two', [...loopback, { between: ['host', 'host'], address: 'own' }], 'links.1: a second link of host with itself'],
    [
      'a shape',
      [{ between: ['host', 'host'], delayMs: 5 }],
      'links.0.delayMs: host talks to itself over its loopback interface, which is not shaped',
    ],
    [
      'an address between two peers',
      [...loopback, { between: ['host', 'other'], address: 'own' }],
      'links.1.address: host and other are two network stacks',
    ],
    ['a peer that is none', [...loopback, { between: ['host', 'hots'] }], "links.1.between.1: no peer 'hots'"],
  ])('%s', (_, links, problem) => {
    expect(issuesOf(peers, links)).toEqual([expect.stringContaining(problem)]);
  });

  it('a proxy with nothing behind it', () => {
    const lone = { host: { serves: [{ server: 'nginx', upstream: ['host'] }] } };
    expect(issuesOf(lone, loopback)).toEqual([expect.stringContaining('every server of host forwards to host itself')]);
  });
});
