import type { Container, Network } from 'dockerode';
import { describe, expect, it, vi } from 'vitest';
import type { CellPlan } from '../../model/cell.ts';
import type { DockerApi } from './docker-api.ts';
import { removeAbandoned } from './leftovers.ts';
import { claimSubnets } from './networks.ts';
import { ownerLabels, type Runner, thisRunner } from './ownership.ts';
import { removeContainer, removeNetwork } from './removal.ts';
import { startTestbed } from './testbed.ts';

const withinMs = 100;

function refusal(statusCode: number, message: string): Error {
  return Object.assign(new Error(message), { statusCode, json: { message } });
}

const inUse = async () => {
  throw refusal(403, 'network has active endpoints');
};
const beingRemoved = async () => {
  throw refusal(409, 'removal of container is already in progress');
};
/** A daemon that hangs, with a client that ignores even the abort signal. */
const noAnswer = () => new Promise<never>(() => {});

const network = (remove: () => Promise<unknown>) => ({ id: 'n'.repeat(64), remove: vi.fn(remove) });
const container = (remove: () => Promise<unknown>) => ({ id: 'c'.repeat(64), remove: vi.fn(remove) });

/** Counts calls for a while after the cleanup has given up. */
async function callsAfterwards(remove: ReturnType<typeof vi.fn>): Promise<number> {
  const before = remove.mock.calls.length;
  await new Promise((resolve) => setTimeout(resolve, 80));
  return remove.mock.calls.length - before;
}

describe('a removal that the daemon never completes', () => {
  it.each([
    ['a network in use', network(inUse), removeNetwork, /not removed within 0\.1 s: network has active endpoints/],
    ['a container being removed', container(beingRemoved), removeContainer, /already in progress/],
    ['a network of a daemon that hangs', network(noAnswer), removeNetwork, /no answer/],
    ['a container of a daemon that hangs', container(noAnswer), removeContainer, /no answer/],
  ])('gives up at the deadline and stops asking: %s', async (_, thing, remove, message) => {
    const startedAt = performance.now();
    const removing = (remove as (thing: unknown, withinMs: number) => Promise<void>)(thing, withinMs);
    await expect(removing).rejects.toMatchObject({ code: 'NOT_REMOVED', message: expect.stringMatching(message) });
    expect(performance.now() - startedAt).toBeLessThan(1000);
    expect(await callsAfterwards(thing.remove)).toBe(0);
  });

  it('gives up on the subnets of a run too', async () => {
    const claimed = network(inUse);
    const api = { docker: { createNetwork: async () => claimed }, product: 'docker' } as unknown as DockerApi;
    const claim = await claimSubnets(api, 'run', thisRunner(), withinMs);
    await expect(claim.release()).rejects.toMatchObject({ code: 'NOT_REMOVED' });
    expect(await callsAfterwards(claimed.remove)).toBe(0);
  });

  it('ends when a cell is stopped, and names what is left', async () => {
    const stuck = network(inUse);
    const docker = {};
    const plan = {
      index: 0,
      peers: [],
      links: [{ subnet: '198.18.0.0/24', prefixLength: 24, ends: [{ role: 'a' }, { role: 'b' }] }],
    };
    const testbed = await startTestbed({
      apiOf: () => ({ docker, product: 'docker' }) as unknown as DockerApi,
      makeLink: async () => stuck as never,
      linesOf: () => [],
      runner: thisRunner(),
      runId: 'run',
      plan: plan as unknown as CellPlan,
      signal: new AbortController().signal,
      imageOf: () => 'image',
      withinMs,
    });
    await expect(testbed.stop()).rejects.toMatchObject({
      code: 'LEFTOVERS',
      message: expect.stringMatching(/network nnnn.*active endpoints/),
    });
    expect(await callsAfterwards(stuck.remove)).toBe(0);
  });
});

describe('removal', () => {
  it('waits for an object that is still in use', async () => {
    const busy = network(vi.fn(async () => {}).mockRejectedValueOnce(refusal(403, 'has active endpoints')));
    await removeNetwork(busy as unknown as Network, 1000);
    expect(busy.remove).toHaveBeenCalledTimes(2);
  });

  it('treats what no longer exists as removed', async () => {
    const gone = container(async () => {
      throw refusal(404, 'no such container');
    });
    await removeContainer(gone as unknown as Container, withinMs);
    expect(gone.remove).toHaveBeenCalledTimes(1);
  });

  it('throws any other error at once', async () => {
    const refused = network(async () => {
      throw refusal(500, 'permission denied');
    });
    await expect(removeNetwork(refused as unknown as Network, 10_000)).rejects.toThrow('permission denied');
  });
});

describe('removeAbandoned', () => {
  /** A runner of this machine that no longer runs. */
  const dead: Runner = { ...thisRunner(), started: 'never' };

  function daemonWith(things: Record<string, () => Promise<unknown>>): DockerApi {
    const labels = ownerLabels('old', dead);
    const names = (prefix: string) => Object.keys(things).filter((name) => name.startsWith(prefix));
    const docker = {
      listContainers: async () =>
        names('c').map((name) => ({ Id: name, Names: [`/timewait-lab-old-${name}`], Labels: labels })),
      listNetworks: async () => names('n').map((name) => ({ Id: name, Name: name, Labels: labels })),
      getContainer: (id: string) => ({ id, remove: things[id] }),
      getNetwork: (id: string) => ({ id, remove: things[id] }),
    };
    return { docker } as unknown as DockerApi;
  }

  it('tries everything, removes what it can and reports the rest with the reason', async () => {
    const removed = async () => {};
    const daemon = daemonWith({ c1: beingRemoved, c2: removed, c3: noAnswer, n1: inUse, n2: removed });
    const startedAt = performance.now();
    const outcome = await removeAbandoned(daemon, { withinMs });
    expect(performance.now() - startedAt).toBeLessThan(1000);
    expect(outcome.removed).toEqual(['container timewait-lab-old-c2', 'network n2']);
    expect(outcome.left).toEqual([
      expect.stringMatching(/^container timewait-lab-old-c1: not removed within 0.1 s: removal of container/),
      expect.stringMatching(/^container timewait-lab-old-c3: .*no answer/),
      expect.stringMatching(/^network n1: .*active endpoints/),
    ]);
  });
});
