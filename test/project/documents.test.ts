import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';

const root = join(import.meta.dirname, '..', '..');
const read = (path: string) => readFileSync(join(root, path), 'utf8');
const { version } = JSON.parse(read('package.json')) as { version: string };

describe.each([
  'README.md',
  'ARCHITECTURE.md',
  'CONTRIBUTING.md',
  'SECURITY.md',
  'CHANGELOG.md',
  'docs/nightly.md',
  'docs/scenario-files.md',
  'docs/reading-a-report.md',
  'docs/scripting.md',
  'docs/scenarios/README.md',
])('%s', (page) => {
  it('links only to files that exist', () => {
    const targets = [...read(page).matchAll(/\]\(([^)\s#]+)[^)]*\)/g)].map((match) => match[1] as string);
    const local = targets.filter((target) => !/^[a-z]+:/.test(target));
    expect(local.filter((target) => !existsSync(join(root, dirname(page), target)))).toEqual([]);
  });

  it('names only files and folders that exist', () => {
    const named = [
      ...read(page).matchAll(/`((?:\.ci|\.github|bin|docker|docs|harness|scenarios|scripts|test)\/[^`\s]+)`/g),
    ]
      .map((match) => match[1] as string)
      .filter((path) => !/[A-Z*]{2}|\*/.test(path));
    expect(named.filter((path) => !existsSync(join(root, path)))).toEqual([]);
  });
});

it('says of each kind of extension what it costs, and names the test that shows it', () => {
  const table = read('ARCHITECTURE.md').split('## To add something')[1] ?? '';
  const rows = [...table.matchAll(/^\| (an? [^|]+) \| [^|]+ \| [^|]*`[^|]+ \| `([^`]+\.test\.ts)` \|$/gm)];
  expect(rows.map(([, what]) => what)).toEqual([
    ...['a scenario', 'a profile', 'an engine', 'a server', 'a sampled metric', 'a report format', 'a runtime'],
    'a component that something requires',
  ]);
  for (const [, what = '', file = ''] of rows) {
    expect(read(file)).toContain(what.replace(/^an? | that .*$/g, ''));
  }
});

it('has a changelog entry for the version of the package', () => {
  const [newest] = read('CHANGELOG.md').matchAll(/^## \[(\d+\.\d+\.\d+)\] - \d{4}-\d\d-\d\d$/gm);
  expect(newest?.[1]).toBe(version);
});
