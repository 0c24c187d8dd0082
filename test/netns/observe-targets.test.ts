import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { execa } from 'execa';
import { afterAll, afterEach, beforeEach, describe, expect, it } from 'vitest';
import { HarnessError } from '../../harness/model/errors.ts';
import type { Observation } from '../../harness/model/observation.ts';
import { containerPid } from '../../harness/observe/container.ts';
import { Observer } from '../../harness/observe/observe.ts';
import { openTarget } from '../../harness/observe/target.ts';
import { parseMib } from '../../harness/probe/mib.ts';
import { requireOrSkip } from '../require.ts';

const program = fileURLToPath(new URL('../fixtures/close-first.mjs', import.meta.url));
const name = `timewait-lab-observe-${process.pid}`;

/** Starts the program in a new named namespace without reuse; resolves once it has made its connections. */
async function startInside(ports: number, count: number, seconds: number) {
  await execa('ip', ['netns', 'add', name]);
  const inside = (...argv: string[]) => execa('ip', ['netns', 'exec', name, ...argv]);
  await inside('ip', 'link', 'set', 'lo', 'up');
  await inside('sysctl', '-qw', 'net.ipv4.tcp_tw_reuse=0');
  const child = spawn(
    'nsenter',
    [`--net=/run/netns/${name}`, process.execPath, program, ...[ports, count, seconds].map(String)],
    {
      stdio: ['ignore', 'pipe', 'inherit'],
    },
  );
  await once(child.stdout, 'data');
  return child;
}

async function observe(target: Parameters<typeof openTarget>[0], forMs: number): Promise<Observation> {
  const opened = await openTarget(target, async () => 0);
  try {
    const { signal } = new AbortController();
    return await new Observer(opened).observe({ forMs, lab: null, signal });
  } finally {
    opened.close();
  }
}

describe('a network namespace of its own', () => {
  beforeEach((context) => requireOrSkip('netns', process.getuid?.() === 0 ? null : 'ip netns needs root', context));
  afterEach(() => execa('ip', ['netns', 'delete', name], { reject: false }));

  /** On a busy machine an ACK may find its socket gone: the RST that answers it ends the TIME_WAIT at the other end. */
  const resets = async () => {
    const { stdout } = await execa('ip', ['netns', 'exec', name, 'cat', '/proc/net/snmp']);
    return parseMib(stdout)['Tcp.OutRsts'] ?? 0;
  };
  const expectEverySocket = async ({ destinations }: Observation, ports: number, count: number) => {
    expect(destinations.map(({ address, port }) => `${address}:${port}`).sort()).toEqual(
      Array.from({ length: ports }, (_, i) => `127.0.0.1:${8000 + i}`),
    );
    const timeWaits = destinations.reduce((sum, { states }) => sum + (states.TIME_WAIT ?? 0), 0);
    expect(timeWaits).toBe(ports * count - (await resets()));
  };

  it('is read to the last socket, through ss and from /proc, by name, with and without a process in it', async () => {
    // More than 5,000: read through ss.
    const child = await startInside(5, 1020, 4);
    const living = await observe({ netns: name }, 1000);
    await expectEverySocket(living, 5, 1020);
    expect(living.cost.longestReadMs).toBeNull();
    expect(living.destinations[0]?.processes[0]).toMatchObject({ name: 'node', pid: child.pid });
    expect(living.listeners.map(({ port, process }) => [port, process?.pid])).toEqual(
      [8000, 8001, 8002, 8003, 8004].map((port) => [port, child.pid]),
    );
    await once(child, 'exit');
    const left = await observe({ netns: name }, 1000);
    await expectEverySocket(left, 5, 1020);
    expect(left.settings['net.ipv4.tcp_tw_reuse']).toBe('0');
    expect(left.destinations[0]?.processes).toEqual([]);
  });

  it('goes on being read after the observed process has ended', async () => {
    const child = await startInside(2, 100, 2);
    const observation = observe({ pid: String(child.pid) }, 4000);
    await once(child, 'exit');
    const observed = await observation;
    await expectEverySocket(observed, 2, 100);
    expect(observed.settings['net.ipv4.tcp_tw_reuse']).toBe('0');
  });
});

describe('a container', () => {
  const folder = mkdtempSync(join(tmpdir(), 'timewait-lab-daemon-'));
  const socket = join(folder, 'daemon.sock');
  const asked: string[] = [];
  const daemon = createServer((request, response) => {
    asked.push(`${request.method} ${request.url}`);
    if (request.url === '/containers/api-7/json') response.end(JSON.stringify({ State: { Pid: 812 } }));
    else if (request.url === '/containers/stopped/json') response.end(JSON.stringify({ State: { Pid: 0 } }));
    else response.writeHead(404).end('{"message":"No such container"}');
  });
  afterAll(() => {
    daemon.close();
    rmSync(folder, { recursive: true });
  });

  it('is found by its daemon, which is only asked', async () => {
    await new Promise<void>((resolve) => daemon.listen(socket, resolve));
    const env = { DOCKER_HOST: `unix://${socket}` };
    expect(await containerPid('api-7', env)).toBe(812);
    const messageOf = (container: string) =>
      containerPid(container, env).catch((error: unknown) =>
        error instanceof HarnessError ? [error.exitCode, error.message] : error,
      );
    expect(await messageOf('stopped')).toEqual([2, "the container 'stopped' is not running"]);
    expect(await messageOf('nope')).toEqual([2, "there is no container 'nope'"]);
    expect(asked.every((one) => one.startsWith('GET /containers/'))).toBe(true);
  });
});
