import { spawnSync } from 'node:child_process';
import { join } from 'node:path';

/** Cases of each kind in a soak; the tests alone run 500. */
export const soakCases = 10_000;

/** Runs the fuzz tests (test/pipeline/fuzz) with many cases and this seed. Returns what was wrong. */
export function fuzz(root: string, cases: number, seed: number): string[] {
  if (cases === 0) return [];
  const vitest = join(root, 'node_modules', 'vitest', 'vitest.mjs');
  const { status } = spawnSync(process.execPath, [vitest, 'run', '--project', 'unit', 'test/pipeline/fuzz'], {
    cwd: root,
    // fast-check takes a seed of 32 bits with a sign.
    env: { ...process.env, TIMEWAIT_LAB_FUZZ: String(cases), TIMEWAIT_LAB_SEED: String(seed % 2 ** 31) },
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  return status === 0 ? [] : [`fuzz: ${cases} cases of each kind, seed ${seed % 2 ** 31}: exit code ${status}`];
}
