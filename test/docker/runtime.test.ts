import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { networkInterfaces } from 'node:os';
import { createInterface } from 'node:readline';
import { PassThrough } from 'node:stream';
import { beforeAll, describe, expect, it } from 'vitest';
import type { CellPlan } from '../../harness/model/cell.ts';
import { Scenario } from '../../harness/model/scenario.ts';
import { plan } from '../../harness/plan/plan.ts';
import { allSubnets } from '../../harness/plan/topology.ts';
import { dockerRuntime } from '../../harness/runtime/docker/docker.ts';
import type { Peer } from '../../harness/runtime/runtime.ts';
import { profiles } from '../../scenarios/profiles.ts';
import { scenarioNamed } from '../../scenarios/registry.ts';
import { leftIn, realDaemon, until } from './daemon.ts';

const { runtime, docker } = realDaemon();
const runId = `test-${process.pid}`;
const options = { runId, signal: new AbortController().signal };

let subnets = allSubnets;
beforeAll(async () => {
  // Without a daemon the tests are skipped.
  const claim = await runtime.claimSubnets?.(runId).catch(() => undefined);
  if (claim) subnets = claim;
  return () => claim?.release();
});

function cellOf(
  scenario: Scenario,
  profileNames: string[],
  all: Record<string, string> = {},
  family: 4 | 6 = 4,
): CellPlan {
  const overrides = { sysctls: { all }, family };
  const input = { profiles, repetitions: 1, form: 'quick' as const, overrides, settable: null, subnets };
  const planned = plan({ ...input, scenarios: [scenario], profileNames });
  if (!planned.ok) throw new Error(JSON.stringify(planned.issues));
  return planned.cells[0] as CellPlan;
}

const pair = (all?: Record<string, string>) => cellOf(scenarioNamed('short-conn'), ['tw-reuse-1'], all);

/** The first line from a peer's agent. */
async function hello(peer: Peer): Promise<{ type: string; namespace: string }> {
  for await (const line of createInterface({ input: peer.output })) return JSON.parse(line);
  throw new Error('the agent said nothing');
}

/** Runs a command in the network namespace of a peer's container and returns its output. */
async function inside(id: string, command: string[]): Promise<string> {
  const exec = await docker().getContainer(id).exec({ Cmd: command, AttachStdout: true, AttachStderr: true });
  const stream = await exec.start({});
  let text = '';
  const output = new PassThrough().on('data', (chunk: Buffer) => {
    text += chunk.toString();
  });
  docker().modem.demuxStream(stream, output, output);
  await new Promise((resolve) => stream.once('end', resolve));
  return text;
}

const idOf = (peer: Peer | undefined) => / exec (\w+) /.exec(peer?.inspect ?? '')?.[1] ?? '';

describe('a pair of containers', () => {
  it('runs agents in separate network namespaces, without privileges and without a route out', async () => {
    const testbed = await runtime.start(pair(), options);
    try {
      const machine = readFileSync('/proc/sys/net/ipv4/tcp_tw_reuse', 'utf8');
      const greetings = await Promise.all(testbed.peers.map(hello));
      expect(greetings.map((one) => one.type)).toEqual(['hello', 'hello']);
      expect(new Set(greetings.map((one) => one.namespace)).size).toBe(2);
      const client = testbed.peers.find((peer) => peer.role === 'client');
      const { Config, HostConfig } = await docker().getContainer(idOf(client)).inspect();
      expect(Config.User).toBe('65534:65534');
      expect(Config.Labels).toMatchObject({ 'timewait-lab.run': runId, 'timewait-lab.role': 'client' });
      expect(HostConfig).toMatchObject({
        ReadonlyRootfs: true,
        CapDrop: ['ALL'],
        SecurityOpt: ['no-new-privileges'],
        Memory: 2 ** 30,
      });
      expect(HostConfig.CapAdd ?? []).toEqual([]);
      expect(HostConfig.PidsLimit).toBeGreaterThan(0);
      expect(await inside(idOf(client), ['ip', 'route'])).toMatch(/^198\.\d+\.\d+\.0\/24 dev eth0 [^\n]*\n$/);
      expect(await inside(idOf(client), ['cat', '/proc/sys/net/ipv4/tcp_tw_reuse'])).toBe('1\n');
      expect(readFileSync('/proc/sys/net/ipv4/tcp_tw_reuse', 'utf8')).toBe(machine);
    } finally {
      await testbed.stop();
    }
    expect(await leftIn(docker())).toEqual([]);
    await testbed.stop();
  });

  it('reports how a peer ended when it is killed', async () => {
    const testbed = await runtime.start(pair(), options);
    const [first] = testbed.peers;
    await docker().getContainer(idOf(first)).kill();
    await expect(first?.ended).resolves.toMatch(/was killed \(SIGKILL/);
    await testbed.stop();
    expect(await leftIn(docker())).toEqual([]);
  });

  it('ends by itself when its stdin closes, as after the end of the runner', async () => {
    const testbed = await runtime.start(pair(), options);
    for (const peer of testbed.peers) peer.input.end();
    for (const peer of testbed.peers) await expect(peer.ended).resolves.toMatch(/ended with code 0/);
    await until('containers removed', async () => (await leftIn(docker())).length === 1);
    await testbed.stop();
    expect(await leftIn(docker())).toEqual([]);
  });

  it('leaves nothing behind if interrupted while it starts', async () => {
    const abort = new AbortController();
    const starting = runtime.start(pair(), { ...options, signal: abort.signal });
    setTimeout(() => abort.abort(), 100);
    await expect(starting).rejects.toThrow();
    expect(await leftIn(docker())).toEqual([]);
  });
});

describe('sysctls', () => {
  it('reports before the start which keys a container has', async () => {
    const keys = ['net.ipv4.tcp_tw_reuse', 'net.ipv4.tcp_tw_recycle', 'net.ipv4.tcp_mem'];
    expect(await runtime.settableSysctls(keys)).toEqual(new Set(['net.ipv4.tcp_tw_reuse']));
  });

  it("passes on the daemon's message if it rejects one, with exit code 3", async () => {
    const starting = runtime.start(pair({ 'net.ipv4.tcp_tw_recycle': '1' }), options);
    await expect(starting).rejects.toMatchObject({
      code: 'SYSCTL_REFUSED',
      exitCode: 3,
      message: expect.stringContaining('net.ipv4.tcp_tw_recycle'),
      cause: expect.stringContaining('no such file or directory'),
    });
    expect(await leftIn(docker())).toEqual([]);
  });
});

/** The code of the error with which each connect() to an address ends, or `reached`. */
const connectAll = `
  const { connect } = require('node:net');
  for (const host of process.argv.slice(2)) {
    const socket = connect({ host, port: Number(process.argv[1]) }, () => { console.log('reached'); socket.destroy(); });
    socket.on('error', ({ code }) => console.log(code));
  }`;

it('keeps a peer with IPv6 addresses away from the services of the machine', async () => {
  const service = createServer().listen(0, '::');
  await once(service, 'listening');
  const cell = cellOf(scenarioNamed('short-conn'), ['tw-reuse-1'], {}, 6);
  const testbed = await runtime.start(cell, options);
  try {
    const gateway = cell.links[0]?.subnet.replace(/::\/\d+$/, '::1') as string;
    const bridge = Object.values(networkInterfaces()).find((all) => all?.some(({ address }) => address === gateway));
    const linkLocal = bridge?.find(({ address }) => address.startsWith('fe80:'))?.address;
    expect(linkLocal).toBeDefined();
    const { port } = service.address() as AddressInfo;
    const client = idOf(testbed.peers.find((peer) => peer.role === 'client'));
    const command = ['node', '-e', connectAll, String(port), gateway, `${linkLocal}%eth0`];
    expect((await inside(client, command)).trim().split('\n').sort()).toEqual(['EHOSTUNREACH', 'ENETUNREACH']);
  } finally {
    await testbed.stop();
    service.close();
  }
});

it('sets up additional addresses, several links, routes and rules', async () => {
  const scenario = Scenario.parse({
    ...scenarioNamed('short-conn'),
    peers: {
      client: { addresses: 3 },
      gateway: { forwards: true, nftables: 'table ip lab {\n chain c { type filter hook forward priority 0\n }\n}\n' },
      server: { serves: [{ server: 'node-http' }] },
    },
    links: [
      ['client', 'gateway'],
      ['gateway', 'server'],
    ],
  });
  const cell = cellOf(scenario, ['tw-reuse-1']);
  const testbed = await runtime.start(cell, options);
  try {
    const by = (role: string) => idOf(testbed.peers.find((peer) => peer.role === role));
    const addresses = async (role: string) =>
      [
        ...(await inside(by(role), ['ip', '-o', '-4', 'addr', 'show', 'scope', 'global'])).matchAll(
          /(eth\d)\s+inet (\S+)\//g,
        ),
      ]
        .map((match) => `${match[1]} ${match[2]}`)
        .sort();
    for (const { role } of cell.peers) {
      const planned = cell.links
        .flatMap((link) => link.ends)
        .filter((end) => end.role === role)
        .flatMap((end) => end.addresses.map((address) => `${end.interface} ${address}`));
      expect(await addresses(role)).toEqual(planned.sort());
    }
    const server = cell.links[1]?.ends[1].addresses[0] as string;
    // Through the gateway: any answer comes from the server's own network stack.
    const connect = `require('node:net').connect(9, '${server}').on('error', (e) => console.log(e.code))`;
    expect(await inside(by('client'), ['node', '-e', connect])).toBe('ECONNREFUSED\n');
  } finally {
    await testbed.stop();
  }
  expect(await leftIn(docker())).toEqual([]);
});

it('says how to fix it if no daemon answers', async () => {
  const none = dockerRuntime({ env: { DOCKER_HOST: 'unix:///nowhere/docker.sock' } });
  expect(await none.availability()).toMatchObject({ available: false, hint: expect.stringContaining('DOCKER_HOST') });
});
