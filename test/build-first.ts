import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { build, isStale } from '../scripts/build.mjs';

/**
 * Tests with real network stacks start the bundled agent, which must be built from these sources. All temporary folders of
 * the tests are in one, which is removed at the end: workers and what they start inherit TMPDIR.
 */
export default async function buildFirst(): Promise<() => void> {
  if (isStale()) await build();
  const before = process.env.TMPDIR;
  // Short, because a UNIX socket's path has 108 bytes at most.
  const folder = mkdtempSync(join(tmpdir(), 'tw-test-'));
  // As /tmp is: some tests run the lab as another user.
  chmodSync(folder, 0o1777);
  process.env.TMPDIR = folder;
  return () => {
    if (before === undefined) delete process.env.TMPDIR;
    else process.env.TMPDIR = before;
    rmSync(folder, { recursive: true, force: true, maxRetries: 3, retryDelay: 100 });
  };
}
