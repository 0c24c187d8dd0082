import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { scenarioNamed, scenarios } from '../../../scenarios/registry.ts';
import { drawing, pageLines } from './scenario-page.ts';

const folder = new URL('../../../docs/scenarios/', import.meta.url);
const page = (name: string) => readFileSync(new URL(`${name}.md`, folder), 'utf8');

it('draws the path of a request', () => {
  expect(drawing(scenarioNamed('short-conn'))).toBe('client ──▶ server :8080 node-http');
  expect(drawing(scenarioNamed('lb-chain'))).toBe(
    'client ──▶ lb :8080 nginx ──▶ web ×2 :8080 go-http ──▶ db :3306 mariadb',
  );
  expect(drawing(scenarioNamed('nat-gateway'))).toContain('client ×3 ──▶ gateway (forwards, source NAT) ──▶ server');
});

describe('docs/scenarios/', () => {
  it.each(
    scenarios.map((scenario) => [scenario.name, scenario] as const),
  )('%s is current and short', (name, scenario) => {
    expect(existsSync(new URL(`${name}.md`, folder)), 'npm run pages -- RUN writes it').toBe(true);
    const text = page(name);
    const otherTables =
      /^(published in |Reported from the field, |What the programs did |Median time inside connect\(\) |One connection, packet by packet)[\s\S]*?\n\n[\s\S]*?\n\n/gm;
    expect(text.replace(otherTables, '').split('\n').length - 1).toBeLessThanOrEqual(pageLines);
    expect(text).toContain(scenario.story);
    for (const one of scenario.expectations) expect(text).toContain(`${one.text}: \`${one.holds}\``);
    expect(text).toMatch(/Measured on Linux \d+\.\d+, .*, \d{4}-\d{2}-\d{2}:/);
    expect(text).toContain('**What to do:**');
  });

  it('has no page of a scenario that no longer exists', () => {
    expect(readdirSync(folder).sort()).toEqual(
      ['README.md', ...scenarios.map((scenario) => `${scenario.name}.md`)].sort(),
    );
  });

  it('has every scenario in its index, once', () => {
    const listed = [...page('README').matchAll(/^\| \[([^\]]+)\]\(([^)]+)\.md\)/gm)].map(([, name]) => name);
    expect(listed.sort()).toEqual(scenarios.map((scenario) => scenario.name).sort());
  });
});
