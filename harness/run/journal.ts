import { closeSync, ftruncateSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { causeText, exitCode, HarnessError } from '../model/errors.ts';
import type { JournalLine } from '../model/journal.ts';
import { withoutSecrets } from '../model/secrets.ts';
import { makeFolder, openNewFile } from '../rights/safe-files.ts';

export const journalFileName = 'journal.ndjson';

/** Called with a line and its byte offset, right after it was written. */
export type JournalListener = (line: JournalLine, at: number) => void;

/**
 * Append-only record of a run. Every line is written to the file before write() returns; listeners are called after
 * that. If the file can no longer be written, as on a full disk, `lost` aborts, and the file ends with its last whole line.
 */
export class Journal {
  /** Path of the file. */
  readonly file: string;
  private readonly descriptor: number;
  private readonly listeners: JournalListener[] = [];
  private isOpen = true;
  private bytes = 0;
  private readonly loss = new AbortController();

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
    try {
      this.bytes += writeWhole(this.descriptor, `${JSON.stringify(withoutSecrets(line))}\n`);
    } catch (error) {
      this.giveUp(error);
      return;
    }
    for (const listener of this.listeners) listener(line, at);
  }

  /** Aborts when a line could not be written; the reason is a HarnessError, JOURNAL_LOST (exit 4). */
  get lost(): AbortSignal {
    return this.loss.signal;
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

  private giveUp(cause: unknown): void {
    try {
      ftruncateSync(this.descriptor, this.bytes);
    } catch {
      // A reader ignores an incomplete last line.
    }
    this.close();
    const text = `the run ended early: ${this.file} cannot be written any more: ${causeText(cause)}`;
    this.loss.abort(
      new HarnessError('JOURNAL_LOST', text, { hint: 'free some space, or choose another folder with --out DIR' }),
    );
  }
}

/** write(2) may write a part, as of a line that fills the disk. Returns the number of bytes. */
function writeWhole(descriptor: number, text: string): number {
  const bytes = Buffer.from(text);
  let written = 0;
  while (written < bytes.length) written += writeSync(descriptor, bytes, written);
  return bytes.length;
}
