import { targetText } from '../../analysis/observation/check-observation.ts';
import type { GateResult } from '../../model/gates.ts';
import type { Observation } from '../../model/observation.ts';
import { observationText } from './observation-text.ts';

/** An observation for a ticket or a job summary. */
export function observationMarkdown(observation: Observation, gates: readonly GateResult[]): string {
  const { headline, advice, verdict, startedAt, kernel } = observation;
  const rest = observationText(observation)
    .split('\n')
    .slice(1 + advice.length)
    .join('\n')
    .trim();
  // A name that another program chose must not end the block.
  const fence = '`'.repeat(Math.max(3, ...[...rest.matchAll(/`+/g)].map(([ticks]) => ticks.length + 1)));
  return [
    `# ${verdict}: ${targetText(observation)}`,
    '',
    plain(headline),
    '',
    ...advice.map(({ action, because }) => `- **${plain(action)}**: ${plain(because)}`),
    ...gates.map(({ gate, state, observed }) => `- gate ${state}: ${plain(`${gate}: ${observed}`)}`),
    ...(advice.length + gates.length > 0 ? [''] : []),
    `Linux ${kernel ?? 'not read'}, ${startedAt}`,
    '',
    fence,
    rest,
    fence,
    '',
  ].join('\n');
}

function plain(text: string): string {
  return text.replace(/[\\`*_[\]<>|]/g, '\\$&');
}
