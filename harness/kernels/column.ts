import { chmodSync } from 'node:fs';
import { open, readFile, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import * as z from 'zod';
import { causeText, HarnessError } from '../model/errors.ts';
import type { KernelColumn } from '../model/kernels-record.ts';
import { makeFolder, modeFor } from '../rights/safe-files.ts';
import { netnsTraits } from '../runtime/netns/traits.ts';
import { bootKernel, machineFailure } from './boot-kernel.ts';
import { cleanLine, keptLines } from './console.ts';
import { commandFile, outInside, outputFile } from './init-script.ts';
import { buildInitramfs } from './initramfs.ts';
import type { Kernel } from './kernel-packages.ts';
import { settleFolder } from './settle-folder.ts';
import type { MachineEnd } from './virtual-machine.ts';

export interface ColumnJob {
  label: string;
  /** Folder of the column. */
  folder: string;
  /** The lab: Node, its bundle and the folder to start it in. */
  lab: { node: string; bundle: string; cwd: string };
  /** Arguments after `scenario`, without --out. */
  args: readonly string[];
  runMs: number;
  signal: AbortSignal;
}

/** Folder of the calibration's run in a column's folder; removed afterwards. */
const calibrationFolder = 'calibration';
/** A report of one cell has some ten KiB. */
const mostReportBytes = 1 << 20;

/**
 * A closed loop without TIME_WAIT: nothing but the machine's speed limits it. Its best second counts, because Node
 * compiles its code in the first ones: 16 connections in the first 2 s, 360 in the next one (emulated Linux 6.1).
 */
const calibrationArgs = ['linger-rst', '--profiles', 'tw-reuse-0', '--quick', '--rate', 'max', '--duration', '6s'];

/** Connections per second that this kernel's virtual machine makes; `null`: it could not be measured. */
export async function calibrate(kernel: Kernel, job: ColumnJob): Promise<number | null> {
  makeFolder(job.folder);
  const args = [...calibrationArgs, '--format', 'json'];
  try {
    const report = join(job.folder, calibrationFolder, 'report.json');
    await boot(kernel, { ...job, args, runMs: 120_000 }, `${outInside}/${calibrationFolder}`);
    return (await stat(report)).size > mostReportBytes ? null : peakRateIn(await readFile(report, 'utf8'));
  } catch {
    // The run itself will show what is wrong.
    return null;
  } finally {
    await rm(join(job.folder, calibrationFolder), { recursive: true, force: true });
  }
}

const Calibration = z.object({
  cells: z.array(z.object({ load: z.object({ rate: z.object({ peak: z.number().positive() }) }) })).min(1),
});

/** Of the first cell of a report from inside; `null`: it has none. */
export function peakRateIn(report: string): number | null {
  return Calibration.parse(JSON.parse(report)).cells[0]?.load.rate.peak ?? null;
}

/** Runs the scenarios in a virtual machine. Never rejects: what goes wrong is the column's reason. */
export async function machineColumn(
  kernel: Kernel,
  job: ColumnJob,
  capacityPerSec: number | null,
): Promise<KernelColumn> {
  makeFolder(job.folder);
  const nothing = { label: job.label, kernel: null, accelerator: null, bootMs: null, clockError: null, exitCode: null };
  try {
    const { end, accelerator } = await boot(kernel, job, outInside);
    const code = end.console.ended?.code ?? null;
    const failure = machineFailure(end) ?? (await runFailure(job.folder, code));
    return {
      label: job.label,
      kernel: end.console.booted?.release ?? null,
      accelerator,
      ...(await stateOf(failure, end, job.folder)),
      bootMs: end.bootMs,
      clockError: end.clockError,
      capacityPerSec,
      exitCode: code,
    };
  } catch (error) {
    const hint = error instanceof HarnessError && error.hint !== undefined ? [error.hint] : [];
    return { ...nothing, state: 'failed', reason: causeText(error), lastLines: hint, capacityPerSec };
  }
}

async function boot(kernel: Kernel, job: ColumnJob, out: string) {
  const initramfs = await buildInitramfs(kernel, job.folder);
  try {
    const args = ['scenario', ...job.args, '--runtime', netnsTraits.name, '--out', out];
    const { folder, runMs, signal, lab } = job;
    // Until it is settled nobody else may enter: a setuid program in it would run as its maker.
    chmodSync(folder, 0o700);
    return await bootKernel({ kernel, initramfs, out: folder, command: { ...lab, args }, runMs, signal });
  } finally {
    settleFolder(job.folder);
    chmodSync(job.folder, modeFor('owner', 0o777 & ~process.umask()));
    await rm(initramfs, { force: true });
    await rm(join(job.folder, commandFile), { force: true });
  }
}

/** Runs the scenarios on the machine's own kernel, in a process of its own that ends with this one. */
export async function hostColumn(job: ColumnJob, release: string | null): Promise<KernelColumn> {
  makeFolder(job.folder);
  const { node, bundle, cwd } = job.lab;
  const command = [node, bundle, 'scenario', ...job.args, '--runtime', netnsTraits.name, '--out', job.folder];
  const output = { file: join(job.folder, outputFile) };
  const child = execa('setpriv', ['--pdeathsig', 'TERM', ...command], {
    cwd,
    reject: false,
    stdin: 'ignore',
    stdout: output,
    stderr: output,
    env: { NO_COLOR: '1' },
  });
  // The run ends its cells and writes its reports on the first SIGTERM.
  const onAbort = () => child.kill('SIGTERM');
  job.signal.addEventListener('abort', onAbort, { once: true });
  const { exitCode } = await child;
  job.signal.removeEventListener('abort', onAbort);
  const code = exitCode ?? null;
  const failure = job.signal.aborted ? 'interrupted' : await runFailure(job.folder, code);
  return {
    label: job.label,
    kernel: release,
    accelerator: 'native',
    state: failure === null ? 'ran' : 'failed',
    reason: failure,
    lastLines: failure === null ? [] : await lastLines(join(job.folder, outputFile)),
    bootMs: null,
    clockError: null,
    capacityPerSec: null,
    exitCode: code,
  };
}

/** Why a run that ended has no result; `null`: its reports are there. */
async function runFailure(folder: string, code: number | null): Promise<string | null> {
  const report = await stat(join(folder, 'report.json')).catch(() => null);
  return report?.isFile() ? null : `the run ended with exit code ${code ?? 'unknown'} and wrote no report`;
}

async function stateOf(reason: string | null, end: MachineEnd, folder: string) {
  if (reason === null) return { state: 'ran' as const, reason, lastLines: [] };
  const hasRun = end.console.ended !== null;
  return {
    state: 'failed' as const,
    reason,
    lastLines: hasRun ? await lastLines(join(folder, outputFile)) : end.console.tail,
  };
}

const tailBytes = 16 * 1024;

/** What the lab printed last. Only the end of the file is read: what a virtual machine writes is not bounded. */
async function lastLines(file: string): Promise<string[]> {
  const handle = await open(file).catch(() => null);
  if (handle === null) return [];
  try {
    const { size } = await handle.stat();
    const { buffer, bytesRead } = await handle.read(
      Buffer.alloc(tailBytes),
      0,
      tailBytes,
      Math.max(0, size - tailBytes),
    );
    return buffer.toString('utf8', 0, bytesRead).trimEnd().split('\n').slice(-keptLines).map(cleanLine);
  } finally {
    await handle.close();
  }
}
