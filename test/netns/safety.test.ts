import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { execa } from 'execa';
import { describe, expect, it } from 'vitest';
import { AgentClient } from '../../harness/run/agent-client.ts';
import type { Peer } from '../../harness/runtime/runtime.ts';
import { agentFile, cli, realStacks, root } from './stack.ts';

realStacks();

const out = () => join(mkdtempSync(join(tmpdir(), 'timewait-lab-')), 'run');

/** The contents of every readable file below /proc/sys/net. */
function machineSettings(folder = '/proc/sys/net'): Record<string, string> {
  const settings: Record<string, string> = {};
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) Object.assign(settings, machineSettings(path));
    else if (statSync(path).mode & 0o444) {
      try {
        settings[path] = readFileSync(path, 'utf8');
      } catch {
        // Some keys are readable only if there is a device for them.
      }
    }
  }
  return settings;
}

function processesOf(folder: string): number[] {
  // An agent's command line has the run, its runner's the folder.
  const run = JSON.parse(readFileSync(join(folder, 'journal.ndjson'), 'utf8').split('\n')[0] ?? '{}') as { id: string };
  return readdirSync('/proc')
    .filter((entry) => /^\d+$/.test(entry))
    .filter((entry) => {
      try {
        return readFileSync(`/proc/${entry}/cmdline`, 'utf8').includes(`--run=${run.id}`);
      } catch {
        return false;
      }
    })
    .map(Number);
}

/** Uses namespaces even if a Docker daemon answers and would be chosen. */
const quick = ['scenario', 'short-conn', '--quick', '--runtime', 'netns'];

it("leaves every setting of the machine's own namespace as it was", async () => {
  const before = machineSettings();
  expect(Object.keys(before).length).toBeGreaterThan(100);
  const args = [...quick, '--duration', '500ms', '--profiles', 'wide-range+tw-reuse'];
  await execa(process.execPath, [cli, ...args, '--out', out()], { reject: false });
  const after = machineSettings();
  // Counts of entries change by themselves; settings do not.
  for (const [path, value] of Object.entries(before)) {
    if (!/_count$|nr_|tcp_fastopen_key$/.test(path)) expect(`${path} ${after[path]}`).toBe(`${path} ${value}`);
  }
});

it("refuses to write sysctls in the machine's own namespace", async () => {
  const child = spawn(process.execPath, [agentFile], { stdio: ['pipe', 'pipe', 'inherit'] });
  const peer: Peer = {
    role: 'client',
    input: child.stdin,
    output: child.stdout,
    pid: child.pid ?? null,
    inspect: '',
    ended: once(child, 'exit').then(() => 'ended'),
  };
  const agent = new AgentClient(peer);
  const hello = await agent.ready();
  const sysctls = { 'net.ipv4.tcp_tw_reuse': readFileSync('/proc/sys/net/ipv4/tcp_tw_reuse', 'utf8').trim() };
  const asked = agent.ask('configure', { sysctls, read: [], ownNamespace: hello.namespace });
  await expect(asked).rejects.toThrow(/own network namespace/);
  agent.expectEnd();
  child.stdin.end();
  await once(child, 'exit');
});

describe.each([
  ['SIGINT', 130],
  ['SIGTERM', 143],
  ['SIGKILL', null],
] as const)('%s', (signal, code) => {
  it.each([300, 1500])('after %i ms leaves nothing behind, and what was measured can be reported', async (afterMs) => {
    const folder = out();
    const args = [...quick, '--duration', '30s', '--profiles', 'tw-reuse-0', '--out', folder];
    const runner = spawn(process.execPath, [cli, ...args], { stdio: 'ignore' });
    while (!existsSync(join(folder, 'journal.ndjson'))) await sleep(10);
    await sleep(afterMs);
    const exited = once(runner, 'exit');
    runner.kill(signal);
    const [exitCode] = await exited;
    expect(exitCode).toBe(code);
    const deadline = Date.now() + 2000;
    while (processesOf(folder).length > 0 && Date.now() < deadline) await sleep(20);
    expect(processesOf(folder)).toEqual([]);
    const { exitCode: reported, stdout } = await execa(process.execPath, [cli, 'report', folder, '--json']);
    expect(reported).toBe(0);
    const report = JSON.parse(stdout) as { run: { interrupted: boolean }; cells: { verdict: string }[] };
    expect(report.run.interrupted).toBe(true);
    if (afterMs > 1000) expect(report.cells[0]).toMatchObject({ verdict: 'failed', interrupted: true });
  });
});

describe('Ctrl-C under npm, which signals twice', () => {
  const files = ['journal.ndjson', 'junit.xml', 'report.html', 'report.json', 'report.md'];

  async function interrupted(secondAfterMs: number) {
    const folder = out();
    const args = [...quick, '--duration', '30s', '--profiles', 'tw-reuse-0', '--out', folder];
    const runner = spawn(process.execPath, [cli, ...args], { stdio: ['ignore', 'ignore', 'pipe'] });
    let shown = '';
    runner.stderr.setEncoding('utf8').on('data', (text: string) => {
      shown += text;
    });
    while (!shown.includes('list its sockets')) await sleep(10);
    await sleep(1500);
    const exited = once(runner, 'exit');
    runner.kill('SIGINT');
    await sleep(secondAfterMs);
    runner.kill('SIGINT');
    const [code] = await exited;
    return { code, written: readdirSync(folder).sort(), shown };
  }

  it('writes every report, prints the verdict, and ends with exit code 130', async () => {
    const { code, written, shown } = await interrupted(5);
    expect(code).toBe(130);
    expect(written).toEqual(files);
    expect(shown).toContain('■ short-conn/tw-reuse-0/1 interrupted');
  });
});

describe('bad input', () => {
  it.each([
    [
      ['scenario', 'shortconn'],
      ['scenario', "no scenario 'shortconn'", 'short-conn'],
    ],
    [
      ['scenario', 'short-conn', '--profiles', 'tw-reuse-9,moon'],
      ["no profile 'tw-reuse-9'", "no profile 'moon'"],
    ],
    [
      ['scenario', 'short-conn', '--rate', '-1'],
      ['--rate', "'-1'"],
    ],
    [
      ['scenario', 'short-conn', '--rate=-1', '--duration', 'long', '--repeat', '0'],
      ['--rate', '--duration', '--repeat'],
    ],
    [
      ['scenario', 'short-conn', '--sysctl', 'net.ipv4.tcp_mem=1 2 3'],
      ['net.ipv4.tcp_mem', 'whole machine'],
    ],
    [
      ['scenario', 'short-conn', '--sysctl', 'net.ipv4.ip_local_port_range=60999 32768'],
      ['is reversed', '32768 60999'],
    ],
    [
      ['scenario', 'short-conn', '--sysctl', 'vm.swappiness=1'],
      ['vm.swappiness', 'whole machine'],
    ],
    [
      ['scenario', 'short-conn', '--engine', 'autocannon'],
      ['load.engine', 'churn'],
    ],
    [['scenario', 'short-conn', '--engin', 'churn'], ['engin']],
    [['scenario'], ['no scenario named', '--list', 'short-conn --quick']],
    [
      ['scenario', 'short-conn', '--sysctl', 'net.ipv4.tcp_tw_resue=1'],
      ['no Linux kernel', 'did you mean net.ipv4.tcp_tw_reuse?'],
    ],
    [
      ['scenario', 'short-conn', 'short-conn', '--profile', 'a', '--profiles', 'tw-reuse-0,tw-reuse-0,lb-tw-reuse-1'],
      ['named twice', 'did you mean --profiles?', 'it applies to lb-chain'],
    ],
    [
      ['scenario', 'short-conn', '--client-cmd', 'curl {ulr} | tee x', '--engine', 'wrk'],
      ['did you mean {url}?', 'no shell', '--engine'],
    ],
    [['fly'], ['fly']],
    [[], ['scenario']],
    [['report', '/nowhere'], ['journal.ndjson']],
  ])('%j: exit code 2, every issue, no stack trace, nothing started', async (args, parts) => {
    const { exitCode, stderr, stdout } = await execa(process.execPath, [cli, ...args], { reject: false, cwd: root });
    expect(exitCode).toBe(2);
    expect(stdout).toBe('');
    for (const part of parts) expect(stderr).toContain(part);
    expect(stderr).toContain('hint');
    expect(stderr).not.toMatch(/\n +at /);
    expect(stderr).not.toContain('▶');
  });
});

describe('a missing prerequisite', () => {
  it('ends with exit code 3 before anything starts if the client is not found', async () => {
    const args = [...quick, '--profiles', 'tw-reuse-0', '--client-cmd', 'no-such-client {url}'];
    const { exitCode, stderr } = await execa(process.execPath, [cli, ...args], { reject: false, cwd: root });
    expect([exitCode, stderr]).toEqual([3, expect.stringContaining('no-such-client was not found on the PATH')]);
    expect(stderr).not.toContain('▶');
  });

  it('ends with exit code 3 if a setting was removed and nothing is left to measure, and names its source', async () => {
    const args = [...quick, '--profiles', 'tw-reuse-0', '--out', out(), '--sysctl', 'tcp_tw_recycle=1'];
    const { exitCode, stderr } = await execa(process.execPath, [cli, ...args], { reject: false, cwd: root });
    expect([exitCode, stderr]).toEqual([3, expect.stringContaining('--sysctl net.ipv4.tcp_tw_recycle=1')]);
    expect(stderr).toContain('removed in Linux 4.12');
  });
});

it('gives the same verdicts for an ordinary user', async (context) => {
  if (process.getuid?.() !== 0) return context.skip('netns: these tests run as an ordinary user already');
  const folder = join(mkdtempSync(join(tmpdir(), 'timewait-lab-')), 'run');
  await execa('chmod', ['777', join(folder, '..')]);
  const args = [...quick, '--profiles', 'tw-reuse-0,tw-reuse-1', '--out', folder, '--json'];
  const user = ['--reuid=65534', '--regid=65534', '--clear-groups', '--'];
  const { stdout, exitCode, stderr } = await execa('setpriv', [...user, process.execPath, cli, ...args], {
    reject: false,
  });
  if (exitCode === 3) return context.skip(`netns: no user namespaces for ordinary users: ${stderr.split('\n')[0]}`);
  const report = JSON.parse(stdout) as { host: { privilege: string }; cells: { verdict: string }[] };
  expect(report.host.privilege).toBe('user-namespace');
  expect(report.cells.map((cell) => cell.verdict)).toEqual(['exhausted', 'healthy']);
});
