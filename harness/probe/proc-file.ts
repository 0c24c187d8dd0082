import { openSync, readSync } from 'node:fs';

/**
 * A file in /proc that is read repeatedly: opened once, then read from its start, which makes the kernel generate it
 * again (seq_file). bench/README.md has what that saves.
 */
export class ProcFile {
  private readonly path: string;
  private fd: number | null = null;
  private buffer = Buffer.allocUnsafe(16_384);

  constructor(path: string) {
    this.path = path;
  }

  /** Errors: those of open(2) and read(2). */
  read(): string {
    this.fd ??= openSync(this.path, 'r');
    let length = 0;
    for (;;) {
      const got = readSync(this.fd, this.buffer, length, this.buffer.length - length, length);
      if (got === 0) return this.buffer.toString('latin1', 0, length);
      length += got;
      if (length === this.buffer.length) this.buffer = Buffer.concat([this.buffer, Buffer.allocUnsafe(length)]);
    }
  }
}
