import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach } from 'vitest';
import { netnsRuntime } from '../../harness/runtime/netns/netns.ts';
import { requireOrSkip } from '../require.ts';

export const root = join(import.meta.dirname, '..', '..');
export const agentFile = join(root, 'dist', 'agent.cjs');
export const cli = join(root, 'dist', 'cli.mjs');

/** A netns runtime for the tests of one file, which are skipped with the reason if it is not available. */
export function realStacks() {
  const runtime = netnsRuntime({ agentFile });
  let missing: string | null = 'not asked yet';
  beforeAll(async () => {
    const { available, detail, hint } = await runtime.availability();
    missing = available ? null : `${detail}; ${hint}`;
  });
  beforeEach((context) => requireOrSkip('netns', missing, context));
  afterAll(() => runtime.close());
  return runtime;
}
