import { chmodSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { expect, it } from 'vitest';
import { findExecutable } from '../../harness/components/probe-components.ts';
import { isMeasured } from '../../harness/model/report.ts';
import { scenarioNamed } from '../../scenarios/registry.ts';
import { requireOrSkip } from '../require.ts';
import { runScenario } from '../run-scenario.ts';
import { realStacks } from './stack.ts';

const runtime = realStacks();
const page = readFileSync(new URL('../../docs/your-program.md', import.meta.url), 'utf8');

/** The page's example in this language, as a file. */
function example(language: string, name: string): string {
  const code = new RegExp(`\`\`\`${language}\n([\\s\\S]*?)\`\`\``).exec(page)?.[1] ?? '';
  const folder = mkdtempSync(join(tmpdir(), 'timewait-lab-example-'));
  // The program may run as another user.
  chmodSync(folder, 0o755);
  const file = join(folder, name);
  writeFileSync(file, code);
  return file;
}

it.for([
  ['python', 'client.py', 'python3'],
  ['js', 'client.cjs', 'node'],
  ['go', 'client.go', 'go'],
] as const)('the example in %s is counted by its own lines, and balances', async ([
  language,
  name,
  program,
], context) => {
  requireOrSkip('components', findExecutable(program) === null ? `${program} not found` : null, context);
  let command = `${program} ${example(language, name)}`;
  if (language === 'go') {
    const source = example(language, name);
    command = source.replace(/\.go$/, '');
    await execa('go', ['build', '-o', command, source], { env: { GO111MODULE: 'off', CGO_ENABLED: '0' } });
  }
  const { report } = await runScenario(runtime, scenarioNamed('short-conn'), {
    profileNames: ['tw-reuse-0'],
    overrides: { durationMs: 4000, clientCommand: command },
  });
  const [cell] = report.cells.filter(isMeasured);
  expect(cell).toMatchObject({
    verdict: 'exhausted',
    exhaustion: { ranOut: true, certainty: 'observed', witness: 'counts' },
    load: { inFlight: 0, failures: [{ errno: 'EADDRNOTAVAIL', phase: 'connect' }] },
    ledger: { closes: true },
  });
});
