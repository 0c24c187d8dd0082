import { openSync, readSync } from 'node:fs';

/**
 * A file of /proc that is read again and again: opened once, then read from its start, which makes the kernel
 * write it anew (seq_file). What that saves a sampler: bench/README.md.
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
