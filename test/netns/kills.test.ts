import { expect, it } from 'vitest';
import { killRuns } from '../../scripts/kills/kill-runs.ts';
import { realStacks } from './stack.ts';

realStacks();

it('leaves nothing behind when it is killed at ten random instants, and every sample is in the journal', async () => {
  const seed = Number(process.env.TIMEWAIT_LAB_SEED ?? Date.now() % 2 ** 32);
  const lines: string[] = [];
  const { kills, wrong } = await killRuns({ times: 10, seed, say: (line) => lines.push(line) });
  expect(wrong, lines.join('\n')).toEqual([]);
  expect(kills).toHaveLength(10);
});
