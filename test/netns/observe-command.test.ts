import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { parse } from 'yaml';
import { readObservation } from '../../harness/analysis/observation/read-observation.ts';
import type { Observation } from '../../harness/model/observation.ts';
import { isMeasured } from '../../harness/model/report.ts';
import { Scenario } from '../../harness/model/scenario.ts';
import type { Runtime } from '../../harness/runtime/runtime.ts';
import { scenarioNamed } from '../../scenarios/registry.ts';
import { requireOrSkip } from '../require.ts';
import { runScenario } from '../run-scenario.ts';
import { cli, realStacks } from './stack.ts';

const runtime = realStacks();
const folder = mkdtempSync(join(tmpdir(), 'timewait-lab-observe-'));
afterAll(() => rmSync(folder, { recursive: true }));
beforeAll(() => chmodSync(folder, 0o755));

const observe = (...args: string[]) => execa(process.execPath, [cli, 'observe', ...args], { reject: false });

/** Runs a bounded load and calls `during` once half of it has been made, with the client's pid. */
async function underLoad<T>(during: (pid: number) => Promise<T>): Promise<T> {
  let pid = 0;
  const watched: Runtime = {
    ...runtime,
    async start(plan, options) {
      const testbed = await runtime.start(plan, options);
      pid = testbed.peers.find(({ role }) => role === 'client')?.pid ?? 0;
      return testbed;
    },
  };
  let connected = 0;
  let begin = () => {};
  const begun = new Promise<void>((resolve) => {
    begin = resolve;
  });
  const run = runScenario(watched, scenarioNamed('short-conn'), {
    profileNames: ['tw-reuse-0'],
    overrides: { rate: 50, durationMs: 12_000 },
    onLine: (line) => {
      if (line.type === 'load') connected += line.connected ?? 0;
      if (connected >= 100) begin();
    },
  });
  await Promise.race([begun, run]);
  const result = await during(pid);
  await run;
  return result;
}

it('saves a load whose run has the observed rate, and meets the gates or ends with 1', async () => {
  const gates = join(folder, 'gates.yml');
  writeFileSync(gates, 'gates:\n  - holds: destinations.max.share < 0.0001\n');
  const out = join(folder, 'seen');
  const { exitCode, stderr } = await underLoad((pid) =>
    observe('--pid', String(pid), '--for', '3s', '--out', out, '--save', join(folder, 'saved'), '--gate', gates),
  );
  expect([exitCode, stderr]).toEqual([1, expect.stringContaining('gate broken: destinations.max.share < 0.0001')]);
  const observation = readObservation(readFileSync(join(out, 'observation.json'), 'utf8'), 'observation.json');
  expect(existsSync(join(out, 'observation.html')) && existsSync(join(out, 'observation.md'))).toBe(true);
  const saved = Scenario.parse(parse(readFileSync(join(folder, 'saved', 'scenario.yml'), 'utf8')));
  const conf = readFileSync(join(folder, 'saved', 'profile.conf'), 'utf8');
  expect(conf).toContain('net.ipv4.ip_local_port_range = 32768 33767\n');
  const sysctls = Object.fromEntries(
    [...conf.matchAll(/^(net\S+) = (.+)$/gm)].map(([, key, value]) => [key as string, value as string]),
  );
  const { report } = await runScenario(runtime, saved, {
    form: 'full',
    profileNames: ['baseline'],
    overrides: { durationMs: 6000, sysctls: { client: sysctls } },
  });
  const [cell] = report.cells.filter(isMeasured);
  const [one] = observation.destinations;
  expect(cell?.load.rate.offered).toBe(Math.round((one?.openedPerSec ?? 0) * 10) / 10);
  expect(cell?.budget?.ports).toBe(observation.ports.usable);
  expect(cell?.budget?.plateau.predicted).toBeDefined();
  expect(one?.closesFirst === 'here' && (cell?.peers.client?.timeWait.created ?? 0) > 0).toBe(true);
});

it('only reads: no file is opened to be written, no socket is made but that of sock_diag, nothing is sent', async (context) => {
  const { exitCode } = await execa('strace', ['-V'], { reject: false });
  requireOrSkip('components', exitCode === 0 ? null : 'strace is missing', context);
  const trace = join(folder, 'trace');
  const calls =
    'openat,open,creat,unlink,rename,mkdir,setsockopt,socket,connect,sendto,sendmsg,bind,kill,mount,setns,fchmodat';
  await underLoad((pid) =>
    execa('strace', [
      '-f',
      '-qq',
      '-e',
      `trace=${calls}`,
      '-o',
      trace,
      process.execPath,
      cli,
      'observe',
      '--pid',
      String(pid),
      '--for',
      '1s',
    ]),
  );
  const lines = readFileSync(trace, 'utf8').split('\n');
  const written = lines.filter((line) => /\bopen(at)?\(/.test(line) && /O_(WRONLY|RDWR|CREAT)/.test(line));
  expect(written.filter((line) => !/"\/dev\/(null|tty|pts\/\d+)"/.test(line))).toEqual([]);
  expect(
    lines.filter(
      (line) => /\b(creat|unlink|rename|mkdir|fchmodat|mount|kill|bind)\(/.test(line) && !/AF_NETLINK/.test(line),
    ),
  ).toEqual([]);
  expect(lines.filter((line) => /\bsocket\(/.test(line) && !/AF_NETLINK|AF_UNIX/.test(line))).toEqual([]);
  expect(lines.filter((line) => /\bsocket\(AF_NETLINK/.test(line) && !/NETLINK_SOCK_DIAG/.test(line))).toEqual([]);
  expect(lines.filter((line) => /\b(connect|sendto)\(.*AF_INET/.test(line))).toEqual([]);
  // What it entered is the namespace that was named, to read the settings there.
  expect(lines.some((line) => /\bsetns\(.*CLONE_NEWNET/.test(line))).toBe(true);
});

it('an ordinary user sees what may be read, and what may not is named', async (context) => {
  requireOrSkip('netns', process.getuid?.() === 0 ? null : 'only root can become another user', context);
  const built = join(import.meta.dirname, '..', '..', 'dist');
  const copy = join(folder, 'dist');
  await execa('cp', ['-r', built, copy]);
  await execa('chmod', ['-R', 'a+rX', folder]);
  const { stdout, exitCode, stderr } = await underLoad(() =>
    execa(
      'setpriv',
      [
        '--reuid=65534',
        '--regid=65534',
        '--clear-groups',
        process.execPath,
        join(copy, 'cli.mjs'),
        'observe',
        '--for',
        '1s',
        '--json',
      ],
      {
        reject: false,
        cwd: '/',
      },
    ),
  );
  expect([exitCode, stderr]).toEqual([0, '']);
  const observation = JSON.parse(stdout) as Observation;
  expect(observation.settings['net.ipv4.ip_local_port_range']).not.toBeNull();
  expect(observation.unreadable.map(({ what }) => what)).toEqual([
    expect.stringMatching(/^which sockets \d+ processes of other users/),
  ]);
});

it('serves OpenMetrics on loopback and nothing else', async () => {
  const port = await freePort();
  const child = execa(process.execPath, [cli, 'observe', '--for', '1s', '--listen', String(port)], { reject: false });
  const get = async (path: string) => {
    const answer = await fetch(`http://127.0.0.1:${port}${path}`).catch(() => null);
    return answer === null ? null : { status: answer.status, text: await answer.text() };
  };
  let metrics = await get('/metrics');
  for (let tries = 0; metrics?.status !== 200 && tries < 200; tries++) {
    await new Promise((resolve) => setTimeout(resolve, 50));
    metrics = await get('/metrics');
  }
  expect(metrics?.text).toContain('timewait_observed_verdict{target="this host",verdict="healthy"}');
  expect(await get('/')).toMatchObject({ status: 404 });
  child.kill('SIGINT');
  expect((await child).exitCode).toBe(130);
});

function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' ? (address?.port ?? 0) : 0));
    });
  });
}
