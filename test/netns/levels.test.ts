import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { readNumber } from '../../harness/model/metrics.ts';
import { isMeasured } from '../../harness/model/report.ts';
import { scenarioNamed } from '../../scenarios/registry.ts';
import { runScenario } from '../run-scenario.ts';
import { realStacks } from './stack.ts';

const runtime = realStacks();
const holdConnections = fileURLToPath(new URL('../fixtures/hold-connections.mjs', import.meta.url));

it('sees every connection that a program keeps open for less than a second', async () => {
  const { report } = await runScenario(runtime, scenarioNamed('short-conn'), {
    profileNames: ['tw-reuse-0'],
    overrides: { durationMs: 3000, clientCommand: `node ${holdConnections} {address} {port} 700 800` },
  });
  const [cell] = report.cells.filter(isMeasured);
  for (const role of ['client', 'server']) {
    expect(cell && readNumber(cell, `${role}.states.ESTABLISHED.peak`), role).toBe(700);
  }
});
