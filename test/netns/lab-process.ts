import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { JournalLine } from '../../harness/model/journal.ts';
import { cli } from './stack.ts';

export type Peer = Extract<JournalLine, { type: 'peer' }>;

export interface CellSummary {
  verdict: string;
  reason?: string;
  settings: { profile?: string };
  profile: string;
}

/** The lab as a process: its folder, its output, and its journal while it runs. */
export class LabProcess {
  readonly folder: string;
  readonly child: ChildProcess;
  stdout = '';
  stderr = '';
  private readonly exited: Promise<unknown[]>;

  constructor(
    args: readonly string[],
    before: readonly string[] = [],
    parent = mkdtempSync(join(tmpdir(), 'faults-')),
  ) {
    this.folder = join(parent, 'run');
    const argv = [...before, process.execPath, cli, 'scenario', ...args, '--out', this.folder, '--runtime', 'netns'];
    this.child = spawn(argv[0] as string, argv.slice(1), { stdio: ['ignore', 'pipe', 'pipe'] });
    this.child.stdout?.setEncoding('utf8').on('data', (text: string) => {
      this.stdout += text;
    });
    this.child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      this.stderr += text;
    });
    this.exited = once(this.child, 'close');
  }

  /** Its exit code. */
  async end(): Promise<number | null> {
    const [code] = await this.exited;
    return code as number | null;
  }

  lines(): JournalLine[] {
    const file = join(this.folder, 'journal.ndjson');
    if (!existsSync(file)) return [];
    const whole = readFileSync(file, 'utf8').split('\n').slice(0, -1);
    return whole.map((line) => JSON.parse(line) as JournalLine);
  }

  /** Waits for a line of the journal. */
  async line<L extends JournalLine>(is: (line: JournalLine) => line is L): Promise<L> {
    for (;;) {
      const found = this.lines().find(is);
      if (found !== undefined) return found;
      if (this.child.exitCode !== null) throw new Error(`the run ended: ${this.stderr}`);
      await sleep(50);
    }
  }

  /** Waits until the load of a cell of this profile is measured, and returns the peer. */
  async underLoad(role: string, profile: string): Promise<Peer> {
    await this.line((line): line is Extract<JournalLine, { type: 'load' }> => {
      return line.type === 'load' && line.cell.includes(profile);
    });
    return this.line((line): line is Peer => {
      return line.type === 'peer' && line.role === role && line.cell.includes(profile);
    });
  }

  cells(): CellSummary[] {
    return (JSON.parse(this.stdout) as { cells: CellSummary[] }).cells;
  }
}
