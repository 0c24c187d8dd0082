import { closeSync, mkdirSync, openSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { exitCode, HarnessError } from '../model/errors.ts';
import type { JournalLine } from '../model/journal.ts';

export const journalFileName = 'journal.ndjson';

/** Append-only record of a run. Every line is written to the file before write() returns; listeners hear it after. */
export class Journal {
  private readonly file: number;
  private readonly listeners: ((line: JournalLine) => void)[] = [];
  private isOpen = true;

  /** Errors: OUT_NOT_WRITABLE (exit 2), OUT_NOT_EMPTY (exit 2): a journal is never appended to another run's. */
  constructor(folder: string) {
    try {
      mkdirSync(folder, { recursive: true });
      this.file = openSync(join(folder, journalFileName), 'wx');
    } catch (error) {
      const exists = (error as NodeJS.ErrnoException).code === 'EEXIST';
      throw new HarnessError(
        exists ? 'OUT_NOT_EMPTY' : 'OUT_NOT_WRITABLE',
        exists ? `${folder} already holds a run` : `cannot write to ${folder}`,
        { exitCode: exitCode.usage, hint: 'choose another folder with --out DIR', cause: error },
      );
    }
  }

  write(line: JournalLine): void {
    if (!this.isOpen) return;
    writeSync(this.file, `${JSON.stringify(line)}\n`);
    for (const listener of this.listeners) listener(line);
  }

  onLine(listener: (line: JournalLine) => void): void {
    this.listeners.push(listener);
  }

  close(): void {
    if (this.isOpen) closeSync(this.file);
    this.isOpen = false;
  }
}
