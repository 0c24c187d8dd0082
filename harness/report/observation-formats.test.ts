import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { sampleInput, sampleObservation } from '../../test/samples/observation.ts';
import { budgetAnswer } from '../analysis/observation/budget-plan.ts';
import { makeObservation } from '../analysis/observation/make-observation.ts';
import { observationMetrics } from '../model/observation-metrics.ts';
import { observationPage } from './html/observation-page.ts';
import { observationOpenMetrics } from './machine/observation-openmetrics.ts';
import { budgetText } from './text/budget-text.ts';
import { observationMarkdown } from './text/observation-markdown.ts';
import { observationText } from './text/observation-text.ts';

const evil = makeObservation(
  sampleInput({
    after: [{ state: 8, count: 30, localPort: 32768, remotePort: 80, inode: 1 }],
    owned: new Map(Array.from({ length: 30 }, (_, i) => [1 + i, { pid: 7, name: '</h1>```|x"\\', container: null }])),
  }),
);

it('begins with the sentence, then what to do, then the tables', () => {
  const lines = observationText(sampleObservation()).split('\n');
  expect(lines[0]).toBe(sampleObservation().headline);
  expect(lines[1]).toMatch(/^→ Reuse connections to 198\.18\.0\.2:6379/);
  expect(lines.find((line) => /^198\S+ → \S+:6379 {2}/.test(line))).toMatch(
    /50 %\s+500\s+499\s+1\s+40\/s\s+this side\s+in 1 s\s+in 13 s\s+1,000\s+redis-cli \(pid 812, container 0123456789ab\) \(attributed\)$/,
  );
});

it('what other programs call themselves changes no page, table or metric', () => {
  expect(observationPage(evil, [], () => 'sha256-x')).not.toContain('</h1>```');
  const markdown = observationMarkdown(evil, []);
  expect(markdown.match(/^`{4,}$/gm)).toHaveLength(2);
  expect(markdown).toContain('\\<\\/h1\\>'.replace('\\/', '/'));
});

it('OpenMetrics: a family for every number that was read, labels escaped, ends with EOF', () => {
  const text = observationOpenMetrics(sampleObservation());
  expect(text.endsWith('# EOF\n')).toBe(true);
  expect(text).toContain('timewait_observed_destinations_max_share{target="container api-7"} 0.5\n');
  expect(text).toContain(
    'timewait_observed_destination_exhausted_in_seconds{target="container api-7",source="198.18.0.1",destination="198.18.0.2",port="6379"} 12.5\n',
  );
  expect(text).not.toContain('conntrack');
  const types = [...text.matchAll(/^# TYPE (\S+) gauge$/gm)].map(([, name]) => name);
  expect(new Set(types).size).toBe(types.length);
  for (const line of text.trim().split('\n')) expect(line).toMatch(/^(#.*|[a-z_]+\{[^}]*\} -?[\d.e+-]+)$/);
});

it('docs/observe.md has every metric', () => {
  const page = readFileSync(new URL('../../docs/observe.md', import.meta.url), 'utf8');
  expect(Object.keys(observationMetrics).filter((name) => !page.includes(`\`${name}\``))).toEqual([]);
});

it('the budget names the change that buys the most', () => {
  const answer = budgetAnswer({
    ...{ rate: 600, ports: 28_232, destinations: 1, sources: 1, reuse: false, reuseDelayMs: 1000 },
    ...{ closes: 'client', threads: 1, buckets: 131_072 },
  });
  expect(answer).toMatchObject({ fourTuples: 28_232, maxRatePerSec: 28_232 / 60 });
  expect(answer.timeToExhaustionMs).toBeGreaterThan(40_000);
  expect(answer.changes.map(({ change, maxRatePerSec }) => [change, maxRatePerSec])).toEqual([
    ['the server closes first', null],
    ['tcp_tw_reuse=1', 28_232],
    ["ip_local_port_range='1024 65535'", 64_512 / 60],
    ['one more destination', (2 * 28_232) / 60],
    ['one more source address', (2 * 28_232) / 60],
  ]);
  expect(budgetText(answer)).toContain('ceiling      470.5/s');
});
