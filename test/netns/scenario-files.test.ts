import { chmodSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { readScenarioFiles } from '../../harness/cli/scenario-files.ts';
import { findProgram } from '../../harness/components/probe-components.ts';
import { isMeasured } from '../../harness/model/report.ts';
import { requireOrSkip } from '../require.ts';
import { runScenario } from '../run-scenario.ts';
import { realStacks } from './stack.ts';

const runtime = realStacks();
const page = readFileSync(new URL('../../docs/scenario-files.md', import.meta.url), 'utf8');

/** A folder that the user of programs under test can read. */
function openFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'timewait-lab-files-'));
  chmodSync(folder, 0o755);
  return folder;
}

/** The page's files, in a folder of their own. */
function folderWith(...names: string[]): string {
  const folder = openFolder();
  for (const name of names) {
    const text = new RegExp(`\`${name.replace('.', '\\.')}\`:\n+\`\`\`\\w*\n([\\s\\S]*?)\`\`\``).exec(page)?.[1];
    if (text === undefined) throw new Error(`the page has no ${name}`);
    writeFileSync(join(folder, name), text);
  }
  return folder;
}

async function read(file: string) {
  const issues: { field: string; message: string }[] = [];
  const options = { place: { present: new Set<string>(), listeners: [] }, taken: [], allowCommands: false };
  const { scenarios } = await readScenarioFiles([file], options, issues);
  expect(issues).toEqual([]);
  return scenarios[0] as NonNullable<(typeof scenarios)[number]>;
}

it('the page: haproxy between wrk and nginx balances hop by hop', async (context) => {
  for (const program of ['haproxy', 'wrk', 'nginx']) {
    requireOrSkip('components', findProgram(program) === null ? `${program} not found` : null, context);
  }
  const scenario = await read(join(folderWith('proxied.yml', 'haproxy.cfg'), 'proxied.yml'));
  const { report } = await runScenario(runtime, scenario, { profileNames: ['tw-reuse-0'] });
  const [cell] = report.cells.filter(isMeasured);
  expect(cell).toMatchObject({ verdict: 'healthy', ledger: { closes: true }, load: { engine: 'program' } });
  expect(cell?.ledger.identities.map(({ name }) => name)).toEqual(
    expect.arrayContaining([
      'ActiveOpens − AttemptFails (client) = PassiveOpens (proxy)',
      'ActiveOpens − AttemptFails (proxy) = PassiveOpens (web)',
    ]),
  );
  expect(cell?.expectations.map(({ holds }) => holds)).toEqual([true]);
  const [proxy] = cell?.peers.proxy?.servers ?? [];
  expect(proxy).toMatchObject({ server: 'program', version: expect.stringMatching(/^HAProxy version/) });
  expect(proxy?.program?.files.haproxy).toMatch(/^[0-9a-f]{12}$/);
  // wrk keeps its connections open: no TIME_WAIT is on the front hop until it ends.
  expect(proxy?.closes).toMatch(/^not asked; /);
});

it('the same over IPv6', async (context) => {
  for (const program of ['haproxy', 'wrk', 'nginx']) {
    requireOrSkip('components', findProgram(program) === null ? `${program} not found` : null, context);
  }
  const folder = folderWith('proxied.yml', 'haproxy.cfg');
  const config = readFileSync(join(folder, 'haproxy.cfg'), 'utf8');
  writeFileSync(join(folder, 'haproxy.cfg'), config.replace('bind *:', 'bind :::'));
  const scenario = await read(join(folder, 'proxied.yml'));
  const options = { profileNames: ['tw-reuse-0'], overrides: { family: 6 as const } };
  const [cell] = (await runScenario(runtime, scenario, options)).report.cells.filter(isMeasured);
  expect(cell).toMatchObject({ verdict: 'healthy', family: 6, ledger: { closes: true } });
  expect(cell?.expectations.map(({ holds }) => holds)).toEqual([true]);
});

it('measures how a program closes, with one connection of each kind and no TIME_WAIT left', async (context) => {
  requireOrSkip('components', findProgram('python3') === null ? 'python3 not found' : null, context);
  const folder = openFolder();
  writeFileSync(
    join(folder, 'serve.yml'),
    `peers:
  client: {}
  server: { serves: [{ command: 'python3 -m http.server --bind {address} {port}' }] }
load: { closePolicy: client-fin, durationMs: 1000, maxAttempts: 5, path: / }
`,
  );
  const scenario = await read(join(folder, 'serve.yml'));
  const { report } = await runScenario(runtime, scenario, { profileNames: ['baseline'] });
  const [cell] = report.cells.filter(isMeasured);
  const [server] = cell?.peers.server?.servers ?? [];
  // SimpleHTTP answers in HTTP/1.0 and closes, whatever it was asked.
  expect(server?.closes).toMatch(/closes after its answer to HTTP\/1.1, HTTP\/1.0 and Connection: close/);
  expect(server?.version).toMatch(/^SimpleHTTP/);
  expect(cell?.ledger.closes).toBe(true);
  expect(cell?.load.attempts).toBe(5);
});

it('says why a server did not start, with its last lines', async () => {
  const folder = openFolder();
  writeFileSync(
    join(folder, 'broken.yml'),
    `peers:
  client: {}
  server:
    serves:
      - command: sh -c 'echo no licence found >&2; exit 7'
load: { durationMs: 1000 }
`,
  );
  const { report } = await runScenario(runtime, await read(join(folder, 'broken.yml')), { profileNames: ['baseline'] });
  expect(report.cells[0]).toMatchObject({
    verdict: 'failed',
    reason: expect.stringMatching(/sh ended with code 7.*no licence found/s),
  });
});

it('runs a second client beside the load, and several programs in one peer', async (context) => {
  for (const program of ['wrk', 'redis-server', 'redis-benchmark']) {
    requireOrSkip('components', findProgram(program) === null ? `${program} not found` : null, context);
  }
  const folder = openFolder();
  writeFileSync(
    join(folder, 'beside.yml'),
    `peers:
  client: {}
  batch: { serves: [{ command: 'wrk -t1 -c2 -d20s http://{upstream}/', ports: [], upstream: [server] }] }
  server:
    serves:
      - { server: nginx, parameters: { keepaliveRequests: 10 } }
      - { command: 'redis-server --port {port} --save "" --protected-mode no', ports: [6379] }
load: { command: 'redis-benchmark -h {address} -p 6379 -t ping -n 500 -k 0 -c 5 -q', durationMs: 3000 }
`,
  );
  const scenario = await read(join(folder, 'beside.yml'));
  const { report } = await runScenario(runtime, scenario, { profileNames: ['tw-reuse-0'] });
  const [cell] = report.cells.filter(isMeasured);
  expect(cell?.ledger.identities.filter(({ holds }) => !holds)).toEqual([]);
  expect(cell?.ledger.identities.map(({ name }) => name)).toContain(
    'ActiveOpens − AttemptFails (client, batch) = PassiveOpens (server)',
  );
  expect(cell?.peers.batch?.counters['Tcp.ActiveOpens']).toBeGreaterThan(10);
  expect(cell?.peers.client?.counters['Tcp.ActiveOpens']).toBeGreaterThanOrEqual(500);
  expect(cell?.peers.batch?.servers).toMatchObject([{ closes: 'a client beside the load, which ends with it' }]);
  const [, redis] = cell?.peers.server?.servers ?? [];
  expect(redis).toMatchObject({ server: 'program', version: expect.stringMatching(/^Redis server v=/) });
  expect(redis?.closes).toMatch(/^does not answer HTTP; after the load it held 0 of the \d+ TIME_WAITs/);
});

it('runs programs of its folder, wherever the lab was started', async (context) => {
  requireOrSkip('components', findProgram('python3') === null ? 'python3 not found' : null, context);
  const folder = mkdtempSync(join(tmpdir(), 'timewait-lab-files-'));
  // Started by root, the programs run as another user.
  chmodSync(folder, 0o755);
  writeFileSync(
    join(folder, 'client.py'),
    'import os, socket\nhost, port = os.environ["TIMEWAIT_LAB_TARGETS"].split(":")\n' +
      'for _ in range(7): socket.create_connection((host, int(port))).close()\n',
  );
  writeFileSync(
    join(folder, 'server.py'),
    'import os, socketserver\nclass H(socketserver.BaseRequestHandler):\n  def handle(self): self.request.recv(1)\n' +
      'socketserver.ThreadingTCPServer((os.environ["TIMEWAIT_LAB_ADDRESS"], 8080), H).serve_forever()\n',
  );
  writeFileSync(
    join(folder, 'own.yml'),
    'peers: { client: {}, server: { serves: [{ command: python3 server.py }] } }\nload: { command: python3 client.py }\n',
  );
  const { report } = await runScenario(runtime, await read(join(folder, 'own.yml')), { profileNames: ['baseline'] });
  const [cell] = report.cells.filter(isMeasured);
  expect(cell).toMatchObject({
    ledger: { closes: true },
    programs: [{ exitCode: 0, files: { 'client.py': expect.stringMatching(/^[0-9a-f]{12}$/) } }],
  });
  expect(cell?.peers.client?.counters['Tcp.ActiveOpens']).toBe(7);
  expect(Object.keys(cell?.peers.server?.servers[0]?.program?.files ?? {})).toContain('server.py');
});
