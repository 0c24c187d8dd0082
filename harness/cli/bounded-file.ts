import { closeSync, constants, fstatSync, openSync, readFileSync, type Stats } from 'node:fs';

/** A report of a thousand cells has about 20 MiB. */
const mostMiB = 128;

/**
 * The text of a file that the user named, and its owner and mode, from one open file, so that it cannot be replaced in
 * between. Throws for what is not a regular file, which might never end, and for more than `most` MiB.
 */
export function readBounded(path: string, most = mostMiB): { text: string; found: Stats } {
  // O_NONBLOCK: opening a pipe would wait for a writer.
  const file = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  try {
    const found = fstatSync(file);
    if (!found.isFile()) throw new Error('not a regular file');
    if (found.size > most * 2 ** 20) throw new Error(`larger than ${most} MiB`);
    return { text: readFileSync(file, 'utf8'), found };
  } finally {
    closeSync(file);
  }
}
