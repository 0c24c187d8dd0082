import { randomUUID } from 'node:crypto';
import { chmodSync, closeSync, existsSync, mkdtempSync, openSync, readSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import type { ClientsFolder } from './clients-folder.ts';
import { endProcesses, processesLeft } from './marked-processes.ts';
import { type OwnCounts, ranOutByCounts, readCounts } from './own-counts.ts';
import type { ProgramCase } from './program-case.ts';
import { type CellResult, readCells } from './run-results.ts';
import { ranOutByOutput } from './tool-output.ts';

const start = join(import.meta.dirname, '..', '..', 'scripts', 'start.mjs');
/** The variable that the programs inherit; the lab hands TIMEWAIT_LAB_* on. */
const markerName = 'TIMEWAIT_LAB_CASE';
/** A command that still runs this long after its load is ended. */
const patienceMs = 30_000;

export interface CaseResult {
  /** What the program itself saw. */
  truth: { ranOut: boolean | null; counts: OwnCounts | null };
  /** One for each cell of the run: a scenario with variants has several. */
  cells: CellResult[];
  /** Of the command; `null`: it did not end by itself. */
  exitCode: number | null;
  processesLeft: string[];
  /** The last of what the command said on stderr. */
  said: string;
}

/** Runs one row through the ordinary command line, and reads the lab's report and the program's own log. */
export async function runCase(row: ProgramCase, clients: ClientsFolder): Promise<CaseResult> {
  const marker = randomUUID();
  const folder = mkdtempSync(join(tmpdir(), `client-program-${marker}-`));
  // As /tmp: the program may run as another user than this one.
  chmodSync(folder, 0o1777);
  const [log, out, stderr] = ['log', 'out', 'stderr'].map((name) => join(folder, name)) as [string, string, string];
  try {
    const values: Readonly<Record<string, string>> = { log, folder, clients: clients.path, python: clients.python };
    const command = row.command.replace(
      /\{(log|folder|clients|python)\}/g,
      (_, name: string) => values[name] as string,
    );
    const args = [
      ...['scenario', row.scenario, '--quick', '--profiles', row.profile, '--runtime', 'netns', '--parallel', '1'],
      ...['--duration', `${row.seconds}s`, ...row.sysctls.flatMap((one) => ['--sysctl', one])],
      ...['--client-cmd', command, '--out', out, '--json', ...(row.traced ? ['--trace-errors'] : [])],
    ];
    const { exitCode, timedOut } = await execa(process.execPath, [start, ...args], {
      env: { [markerName]: marker, TMPDIR: folder },
      stdin: 'ignore',
      stdout: 'ignore',
      stderr: { file: stderr },
      reject: false,
      timeout: row.seconds * 1000 + patienceMs,
    });
    const left = await processesLeft(marker);
    endProcesses(left);
    return {
      truth: truthOf(row, log),
      cells: readCells(out),
      exitCode: timedOut ? null : (exitCode ?? null),
      processesLeft: left,
      said: endOf(stderr, 2000),
    };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** A row without {log} makes no connection. */
function truthOf(row: ProgramCase, log: string): CaseResult['truth'] {
  const text = existsSync(log) ? endOf(log, 1_000_000) : '';
  if (row.truth !== 'counts') return { ranOut: ranOutByOutput(row.truth, text), counts: null };
  if (text === '') return { ranOut: row.command.includes('{log}') ? null : false, counts: null };
  const lines = readCounts(text);
  return { ranOut: ranOutByCounts(lines), counts: lines.at(-1) ?? null };
}

/** The last `bytes` of a file. */
function endOf(path: string, bytes: number): string {
  const size = statSync(path).size;
  const file = openSync(path, 'r');
  const buffer = Buffer.alloc(Math.min(size, bytes));
  readSync(file, buffer, 0, buffer.length, size - buffer.length);
  closeSync(file);
  return buffer.toString('utf8');
}
