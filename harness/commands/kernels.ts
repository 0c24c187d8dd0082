import { cpus } from 'node:os';
import { join, resolve } from 'node:path';
import { sideBySide } from '../analysis/kernels/side-by-side.ts';
import { exitCodeOfKernels } from '../cli/exit-code-of.ts';
import { onInterruption } from '../cli/interruption.ts';
import { readKernelRuns } from '../cli/kernel-runs.ts';
import { type KernelsArguments, readKernelsArguments } from '../cli/kernels-arguments.ts';
import { buildFolder } from '../components/own-cache.ts';
import { type ColumnJob, calibrate, hostColumn, machineColumn } from '../kernels/column.ts';
import { kernelsFolder, prepareKernels } from '../kernels/prepare.ts';
import type { CellPlan } from '../model/cell.ts';
import type { ExitCode } from '../model/errors.ts';
import type { KernelColumn, KernelsRecord } from '../model/kernels-record.ts';
import { plainText } from '../model/plain-text.ts';
import { readMachine } from '../probe/host.ts';
import { kernelsMarkdown, renderKernels } from '../report/text/kernels-table.ts';
import { makeFolder, writeWholeFile } from '../rights/safe-files.ts';
import { forecastMs } from '../run/forecast.ts';
import { newRunId } from '../run/run-id.ts';
import { packageRoot } from '../runtime/docker/image-plan.ts';

export interface KernelsOptions extends Omit<KernelsArguments, 'out'> {
  out?: string | undefined;
  json: boolean;
  fail: boolean;
}

/** Share of what a virtual machine can do that an open loop may ask for, so that the load is what it says. */
const usedCapacity = 0.5;
/**
 * Least rate to which a load is slowed down: at ports/60 per second, 16.7/s in the quick form, nothing would ever run
 * out. A machine that does not carry it shows `unknown` verdicts.
 */
const leastRate = 50;

/** `kernels`: the same scenarios under several kernels, one after the other, and what differs. */
export async function kernelsCommand(options: KernelsOptions): Promise<ExitCode> {
  const out = resolve(options.out ?? join('results', `kernels-${newRunId()}`));
  const say = (text: string) => process.stderr.write(`${plainText(text)}\n`);
  const input = await readKernelsArguments({ ...options, out });
  const kernels = await prepareKernels(input.kernels, kernelsFolder(buildFolder(join(packageRoot(), 'dist'))), say);
  const interruption = onInterruption();
  makeFolder(out);
  const job = (label: string, args: readonly string[]): ColumnJob => ({
    label,
    folder: join(out, label),
    lab: { node: process.execPath, bundle: join(packageRoot(), 'dist', 'cli.mjs'), cwd: process.cwd() },
    args,
    runMs: 0,
    signal: interruption.signal,
  });
  const capacities = new Map<string, number | null>();
  for (const { label, kernel } of kernels) {
    if (kernel === null || interruption.signal.aborted) continue;
    say(`${label}: measuring how many connections per second it can make`);
    capacities.set(label, await calibrate(kernel, job(label, [])));
  }
  const maxRate = rateFor([...capacities.values()], input.cells, input.maxRate);
  const args = [...input.scenarioArgs, ...(maxRate === null ? [] : [`--max-rate=${maxRate}`])];
  const columns: KernelColumn[] = [];
  for (const { label, kernel } of kernels) {
    if (interruption.signal.aborted) break;
    say(`${label}: running`);
    const runMs = boundMs(input.cells, maxRate);
    const column =
      kernel === null
        ? await hostColumn({ ...job(label, args), runMs }, readMachine().kernel)
        : await machineColumn(kernel, { ...job(label, args), runMs }, capacities.get(label) ?? null);
    columns.push(column);
    if (column.state === 'failed') say(`${label}: failed: ${column.reason}`);
  }
  const record: KernelsRecord = { version: 1, maxRate, columns };
  const runs = await readKernelRuns(out, columns);
  const side = sideBySide(runs);
  writeWholeFile(join(out, 'kernels.json'), `${JSON.stringify(record, null, 1)}\n`);
  writeWholeFile(join(out, 'kernels.md'), kernelsMarkdown(record, side, runs));
  const colour = process.stdout.isTTY === true && !process.env.NO_COLOR;
  if (options.json) process.stdout.write(`${JSON.stringify({ ...record, ...side })}\n`);
  else process.stdout.write(`${renderKernels(record, side, runs, { colour })}runs: ${out}\n`);
  return interruption.exitCode ?? exitCodeOfKernels(columns, options.fail);
}

/** The rate for every column: what the slowest machine carries, if some scenario asks for more. `null`: none does. */
function rateFor(capacities: (number | null)[], cells: readonly CellPlan[], asked: number | undefined): number | null {
  const known = capacities.filter((one) => one !== null);
  const carried = Math.max(leastRate, Math.floor(usedCapacity * Math.min(...known, Number.MAX_SAFE_INTEGER)));
  const most = Math.min(carried, asked ?? carried);
  const fastest = Math.max(0, ...cells.map(totalRate));
  return fastest > most ? most : (asked ?? null);
}

function totalRate({ scenario: { load, peers } }: CellPlan): number {
  return load.arrival.loop === 'open' ? load.arrival.ratePerSec * (peers[load.from]?.count ?? 1) : 0;
}

/** Start-up and reports of an emulated machine, and how much longer than planned a cell may take there. */
const aroundMs = 180_000;
const mostSlowdown = 2;
/** A cell's set-up takes so long where the CPU is emulated and the host busy. */
const setUpMs = 15_000;

function boundMs(cells: readonly CellPlan[], maxRate: number | null): number {
  const longer = (cell: CellPlan) => (maxRate === null ? 1 : Math.max(1, totalRate(cell) / maxRate));
  const added = cells.reduce((sum, cell) => sum + cell.scenario.load.durationMs * (longer(cell) - 1) + setUpMs, 0);
  return mostSlowdown * (forecastMs(cells, 1, cpus().length) + added) + aroundMs;
}
