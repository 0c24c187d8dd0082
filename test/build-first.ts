import { chmodSync, existsSync, lstatSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { build, isStale } from '../scripts/build.mjs';

/** Short, because a UNIX socket's path has 108 bytes at most. The pid is that of the tests' main process. */
const prefix = 'tw-test-';

/**
 * Tests with real network stacks start the bundled agent, which must be built from these sources. All temporary folders of
 * the tests are in one, which is removed at the end, or by the next tests if these are killed: workers and what they start
 * inherit TMPDIR. Vitest calls this for the root and for each project; the first call sets up.
 */
export default async function buildFirst(): Promise<() => void> {
  if (isStale()) await build();
  const before = process.env.TMPDIR;
  if (before?.includes(`${prefix}${process.pid}-`)) return () => {};
  removeLeft();
  const folder = mkdtempSync(join(tmpdir(), `${prefix}${process.pid}-`));
  // As /tmp is: some tests run the lab as another user.
  chmodSync(folder, 0o1777);
  process.env.TMPDIR = folder;
  return () => {
    if (before === undefined) delete process.env.TMPDIR;
    else process.env.TMPDIR = before;
    rmSync(folder, { recursive: true, force: true, maxRetries: 3, retryDelay: 100 });
  };
}

/** Folders of this user's tests whose process has ended. */
function removeLeft(): void {
  for (const name of readdirSync(tmpdir())) {
    const [, pid] = /^tw-test-(\d+)-\w+$/.exec(name) ?? [];
    if (pid === undefined || existsSync(`/proc/${pid}`)) continue;
    const folder = join(tmpdir(), name);
    const found = lstatSync(folder, { throwIfNoEntry: false });
    if (found?.isDirectory() && found.uid === process.geteuid?.()) rmSync(folder, { recursive: true, force: true });
  }
}
