import { closeSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { exitCode, HarnessError } from '../model/errors.ts';
import type { JournalLine } from '../model/journal.ts';
import { withoutSecrets } from '../model/secrets.ts';
import { makeFolder, openNewFile } from '../rights/safe-files.ts';

export const journalFileName = 'journal.ndjson';

/** Called with a line and its byte offset, right after it was written. */
export type JournalListener = (line: JournalLine, at: number) => void;

/**
 * Append-only record of a run. Every line is written to the file before write() returns; listeners are called after
 * that.
 */
export class Journal {
  /** Path of the file. */
  readonly file: string;
  private readonly descriptor: number;
  private readonly listeners: JournalListener[] = [];
  private isOpen = true;
  private bytes = 0;

  /** Errors: FOLDER_NOT_OWN (exit 2), OUT_NOT_WRITABLE (exit 2), OUT_NOT_EMPTY (exit 2): a journal is never appended to another run's. */
  constructor(folder: string) {
    try {
      makeFolder(folder);
      this.file = join(folder, journalFileName);
      this.descriptor = openNewFile(this.file);
    } catch (error) {
      if (error instanceof HarnessError) throw error;
      const exists = (error as NodeJS.ErrnoException).code === 'EEXIST';
      throw new HarnessError(
        exists ? 'OUT_NOT_EMPTY' : 'OUT_NOT_WRITABLE',
        exists ? `${folder} already contains a run` : `cannot write to ${folder}`,
        { exitCode: exitCode.usage, hint: 'choose another folder with --out DIR', cause: error },
      );
    }
  }

  write(line: JournalLine): void {
    if (!this.isOpen) return;
    const at = this.bytes;
    this.bytes += writeSync(this.descriptor, `${JSON.stringify(withoutSecrets(line))}\n`);
    for (const listener of this.listeners) listener(line, at);
  }

  /** Bytes written so far. */
  get size(): number {
    return this.bytes;
  }

  onLine(listener: JournalListener): void {
    this.listeners.push(listener);
  }

  close(): void {
    if (this.isOpen) closeSync(this.descriptor);
    this.isOpen = false;
  }
}
