import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { randomFrom } from '../random.ts';
import type { Round } from './choose.ts';

const killedWithinMs = 12_000;
/** Too little for the journal of any scenario together with its reports. */
const diskSize = '150k';

/** Runs a round as the command, whose process or disk has the fault. Resolves with what was wrong. */
export async function commandRound(round: Round, cli: string, folder: string): Promise<string[]> {
  return round.fault === 'disk-full' ? fullDisk(round, cli, folder) : killed(round, cli, folder);
}

async function killed(round: Round, cli: string, folder: string): Promise<string[]> {
  const out = join(folder, 'run');
  const runner = spawn(process.execPath, [cli, ...argumentsOf(round, out)], { stdio: 'ignore' });
  const exited = once(runner, 'exit');
  await Promise.race([sleep(randomFrom(round.seed)() * killedWithinMs), exited]);
  runner.kill('SIGKILL');
  await exited;
  const wrong = complaints('clean', [cli, 'clean']);
  if (existsSync(join(out, 'journal.ndjson'))) wrong.push(...complaints('report', [cli, 'report', out, '--json']));
  return wrong;
}

async function fullDisk(round: Round, cli: string, folder: string): Promise<string[]> {
  // In a mount namespace of its own: the machine's mounts stay as they are.
  const mount = `mount -t tmpfs -o size=${diskSize} tmpfs "$0" && exec "$@"`;
  const argv = [
    '--mount',
    'sh',
    '-c',
    mount,
    folder,
    process.execPath,
    cli,
    ...argumentsOf(round, join(folder, 'run')),
  ];
  const runner = spawn('unshare', argv, { stdio: ['ignore', 'ignore', 'pipe'] });
  const stderr = await textOf(runner);
  const wrong: string[] = [];
  if (runner.exitCode !== 4) wrong.push(`exit code ${runner.exitCode} on a full disk: ${stderr.slice(-200)}`);
  if (!/ENOSPC/.test(stderr)) wrong.push(`a full disk is not named: ${stderr.slice(-200)}`);
  if (/\n +at /.test(stderr)) wrong.push('a stack trace on a full disk');
  return wrong;
}

async function textOf(child: ChildProcess): Promise<string> {
  let text = '';
  child.stderr?.setEncoding('utf8').on('data', (part: string) => {
    text += part;
  });
  await once(child, 'close');
  return text;
}

function argumentsOf({ scenario, samplesHz, parallel, family }: Round, out: string): string[] {
  const settings = ['--samples-hz', samplesHz, '--parallel', parallel, '--family', family].map(String);
  return ['scenario', scenario, '--quick', '--runtime', 'netns', ...settings, '--no-fail', '--out', out];
}

function complaints(what: string, args: string[]): string[] {
  const { status, stderr } = spawnSync(process.execPath, args, { encoding: 'utf8' });
  return status === 0 ? [] : [`${what}: exit code ${status}: ${stderr.trim().slice(-300)}`];
}
