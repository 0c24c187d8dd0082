import { parseArgs } from 'node:util';
import { killRuns } from './kill-runs.ts';

/** node scripts/tool.mjs kills [--times 10] [--runtime netns|docker] [--seed N] */
export default async function main(args: string[]): Promise<number> {
  const text = { type: 'string' } as const;
  const { values } = parseArgs({ args, options: { times: text, runtime: text, seed: text } });
  const { kills, wrong } = await killRuns({
    times: Number(values.times ?? 10),
    runtime: values.runtime ?? 'netns',
    seed: Number(values.seed ?? Date.now() % 2 ** 32),
    say: console.log,
  });
  const phases = [...new Set(kills.map(({ phase }) => phase))].map(
    (phase) => `${kills.filter((kill) => kill.phase === phase).length} ${phase}`,
  );
  console.log(`${kills.length} kills: ${phases.join(', ')}`);
  const lost = kills.flatMap(({ lostMs }) => (lostMs === null ? [] : [lostMs]));
  if (lost.length > 0) console.log(`oldest last sample of a load: ${Math.round(Math.max(...lost))} ms before the kill`);
  for (const text of wrong) console.error(text);
  console.log(wrong.length === 0 ? 'nothing was left behind' : `${wrong.length} problems`);
  return wrong.length === 0 ? 0 : 1;
}
