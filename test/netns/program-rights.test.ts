import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { execa } from 'execa';
import { beforeEach, expect, it, onTestFinished } from 'vitest';
import { findProgram } from '../../harness/components/probe-components.ts';
import { isMeasured } from '../../harness/model/report.ts';
import { Scenario } from '../../harness/model/scenario.ts';
import { nobody } from '../../harness/rights/program-rights.ts';
import { netnsRuntime } from '../../harness/runtime/netns/netns.ts';
import { scenarioNamed } from '../../scenarios/registry.ts';
import { requireOrSkip } from '../require.ts';
import { runScenario } from '../run-scenario.ts';
import { agentFile, cli, realStacks } from './stack.ts';

realStacks();
const isRoot = process.getuid?.() === 0;

/** Set for the whole file: a program must not see it. */
process.env.MY_SECRET_TOKEN = 'not for programs';

/** Where programs of any user may write … */
let folder = '';
/** … and where root writes results, which it does in no folder of the other kind. */
let results = '';

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'program-rights-'));
  chmodSync(folder, 0o777);
  results = mkdtempSync(join(tmpdir(), 'program-rights-'));
  onTestFinished(() => [folder, results].forEach((made) => void rmSync(made, { recursive: true, force: true })));
});

/** A client that writes down what it may do. */
function spy(): { command: string; seen(): Record<string, string> } {
  const log = join(folder, 'log');
  const file = join(folder, 'spy.sh');
  const lines = [
    '#!/bin/sh',
    `exec >'${log}'`,
    'echo "uid=$(id -u) groups=$(id -G)"',
    "grep -E 'CapEff|CapBnd|NoNewPrivs' /proc/self/status | tr -d '\\t' | tr : =",
    'echo "secret=$MY_SECRET_TOKEN"',
    'echo "instructions=$TIMEWAIT_LAB_RIGHTS"',
    'echo "home=$HOME"',
    'echo "processes=$(ls /proc | grep -c "^[0-9]")"',
    'echo "shadow=$(cat /etc/shadow 2>/dev/null | wc -l)"',
    'echo "agent=$(tr "\\0" "\\n" 2>/dev/null </proc/1/environ | wc -l)"',
    `echo "machine=$(nsenter --net=/proc/${process.pid}/ns/net true 2>/dev/null && echo entered || echo refused)"`,
  ];
  writeFileSync(file, `${lines.join('\n')}\n`);
  return {
    command: `sh ${file}`,
    seen: () =>
      Object.fromEntries(
        readFileSync(log, 'utf8')
          .trim()
          .split('\n')
          .map((line) => line.split(/=(.*)/).slice(0, 2) as [string, string]),
      ),
  };
}

const run = (command: string, asRoot: boolean, traceErrors = false) => {
  const runtime = netnsRuntime({ agentFile, asRoot });
  onTestFinished(() => runtime.close());
  return runScenario(runtime, scenarioNamed('short-conn'), {
    profileNames: ['tw-reuse-0'],
    overrides: { durationMs: 1000, clientCommand: command, traceErrors },
  });
};

it.for([
  false,
  true,
])('a client has no root, no capability, no environment of the caller and no process of the machine (traced: %s)', async (traced, context) => {
  requireOrSkip('components', traced && !existsSync('/usr/bin/strace') ? 'strace not found' : null, context);
  const client = spy();
  const { report } = await run(client.command, false, traced);
  const seen = client.seen();
  expect(seen).toMatchObject({
    CapEff: '0000000000000000',
    CapBnd: '0000000000000000',
    NoNewPrivs: '1',
    secret: '',
    instructions: '',
    agent: '0',
    machine: 'refused',
    shadow: '0',
  });
  // The agent, unshare's child and the spy's own; a machine has dozens.
  expect(Number(seen.processes)).toBeLessThan(10);
  if (isRoot) expect(seen).toMatchObject({ uid: `${nobody} groups=${nobody}` });
  expect(report.host.programs).toMatchObject({
    ...(isRoot && { uid: nobody, gid: nobody }),
    capabilities: 'none',
    ownProc: true,
  });
});

it('--as-root keeps the rights of the lab, and the report says so', async () => {
  const client = spy();
  const { report } = await run(client.command, true);
  expect(client.seen()).toMatchObject({ uid: '0 groups=0', secret: '' });
  expect(client.seen().CapEff).not.toBe('0000000000000000');
  expect(report.host.programs).toMatchObject({ uid: null, capabilities: 'all' });
});

it('a program that its user cannot read ends the command before the start, with the way out', async (context) => {
  if (!isRoot) return context.skip('needs root');
  const file = join(folder, 'client.sh');
  writeFileSync(file, 'true\n', { mode: 0o600 });
  const out = join(results, 'out');
  const args = ['scenario', 'short-conn', '--quick', '--runtime', 'netns', '--client-cmd', `sh ${file}`, '--out', out];
  const { exitCode, stderr } = await execa(process.execPath, [cli, ...args], {
    reject: false,
    env: { SUDO_UID: '', SUDO_GID: '' },
  });
  expect(exitCode, stderr).toBe(3);
  expect(stderr).toContain(`programs under test run as the user nobody, who cannot use ${file}`);
  expect(stderr).toContain('--as-root');
  expect(existsSync(out)).toBe(false);
});

it('runs programs as the user who called sudo, who owns the results', async (context) => {
  if (!isRoot) return context.skip('needs root');
  const file = join(folder, 'client.sh');
  const log = join(folder, 'who');
  writeFileSync(file, `id -u >${log}\nid -G >>${log}\n`, { mode: 0o755 });
  const args = ['scenario', 'short-conn', '--quick', '--runtime', 'netns', '--client-cmd', `sh ${file}`];
  await execa(
    process.execPath,
    [cli, ...args, '--duration', '1s', '--profiles', 'tw-reuse-0', '--out', join(results, 'out')],
    {
      reject: false,
      env: { SUDO_UID: '54321', SUDO_GID: '54320' },
    },
  );
  expect(readFileSync(log, 'utf8')).toBe('54321\n54320\n');
  for (const made of ['', 'journal.ndjson', 'report.json', 'report.html']) {
    expect(statSync(join(results, 'out', made)), made).toMatchObject({ uid: 54_321, gid: 54_320 });
  }
});

it('a server without capabilities listens on a port below 1024', async (context) => {
  requireOrSkip('components', findProgram('nginx') === null ? 'nginx not found' : null, context);
  const scenario = scenarioNamed('short-conn');
  const nginxAt80 = Scenario.parse({
    ...scenario,
    peers: { ...scenario.peers, server: { ...scenario.peers.server, serves: [{ server: 'nginx', ports: [80] }] } },
    expectations: [],
  });
  const runtime = netnsRuntime({ agentFile });
  onTestFinished(() => runtime.close());
  const { report } = await runScenario(runtime, nginxAt80, {
    profileNames: ['tw-reuse-1'],
    overrides: { durationMs: 1000 },
  });
  expect(report.cells.filter(isMeasured).map(({ load }) => load.answers)).toEqual([expect.any(Number)]);
  expect(report.cells.filter(isMeasured)[0]?.load.answers).toBeGreaterThan(100);
});

it("runs the lab's own programs from a folder that only root can enter, without capabilities", async (context) => {
  if (!isRoot) return context.skip('needs root');
  const hidden = join(folder, 'dist');
  mkdirSync(hidden, { mode: 0o700 });
  for (const name of ['agent.cjs', 'autocannon-process.cjs'])
    copyFileSync(join(dirname(agentFile), name), join(hidden, name));
  const runtime = netnsRuntime({ agentFile: join(hidden, 'agent.cjs') });
  onTestFinished(() => runtime.close());
  const { report } = await runScenario(runtime, scenarioNamed('keep-alive'), {
    profileNames: ['tw-reuse-0'],
    overrides: { durationMs: 1000, engine: 'autocannon' },
  });
  expect(report.cells.map(({ verdict }) => verdict)).toEqual(['healthy']);
});
