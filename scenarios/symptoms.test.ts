import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { hasSymptom } from '../harness/model/symptoms.ts';
import { scenarios } from './registry.ts';

const found = (text: string) =>
  scenarios.filter(({ symptoms }) => hasSymptom(symptoms, text)).map((scenario) => scenario.name);

it.each(scenarios.map((scenario) => [scenario.name, scenario] as const))('%s says what its users see', (_, one) => {
  expect(one.symptoms.groups.length).toBeGreaterThan(0);
  expect(one.symptoms.messages.length).toBeGreaterThan(0);
});

describe('a line of a log finds the scenario of its program', () => {
  it.each([
    [
      'connect() to 10.0.0.2:8080 failed (99: Cannot assign requested address) while connecting to upstream',
      'lb-chain',
    ],
    ['Could not connect to Redis at 10.0.0.2:6379: Cannot assign requested address', 'redis-ping'],
    ['dial tcp 10.0.0.2:3306: connect: cannot assign requested address', 'mysql-pool'],
    ['OSError: [Errno 98] Address already in use', 'restart-bind'],
    ['kernel: TCP: time wait bucket table overflow', 'tw-buckets'],
    ['Error: read ECONNRESET', 'linger-rst'],
  ])('%s', (line, name) => {
    expect(found(line)).toContain(name);
  });
});

it('the index of the pages has each scenario under its first symptom', () => {
  const index = readFileSync(new URL('../docs/scenarios/README.md', import.meta.url), 'utf8');
  const sections = index.split(/^## /m).slice(1);
  const listed = sections.map((section) => ({
    heading: section.split('\n')[0],
    names: [...section.matchAll(/^\| \[([^\]]+)\]/gm)].map((match) => match[1] as string),
  }));
  for (const { name, symptoms } of scenarios) {
    expect(listed.find((section) => section.names.includes(name))?.heading, name).toBe(symptoms.groups[0]);
  }
});
