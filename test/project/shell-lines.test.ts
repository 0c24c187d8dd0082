import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { commandLineIssues } from '../../harness/cli/command-line-issues.ts';
import { commandNames, commandOptions } from '../../harness/cli/command-options.ts';
import { profiles } from '../../scenarios/profiles.ts';
import { scenarios } from '../../scenarios/registry.ts';

const root = join(import.meta.dirname, '..', '..');
const pages = ['README.md', ...readdirSync(join(root, 'docs')).map((name) => `docs/${name}`)].filter((name) =>
  name.endsWith('.md'),
);
const tables = commandOptions(null);

/** Commands of the lab in the page's ```sh blocks, as arguments after the command's name. */
function labCommands(text: string): { line: string; command: string; args: string[] }[] {
  const blocks = [...text.matchAll(/^```sh\n(.*?)^```$/gms)].map((block) => (block[1] ?? '').replace(/\\\n\s*/g, ' '));
  const lines = blocks.flatMap((block) => block.split('\n')).flatMap((line) => line.split(/ && | \| |; /));
  return lines.flatMap((line) => {
    const found = /^\s*(?:npm run (?:-s )?|timewait-lab )([\w-]+)(.*)$/.exec(line);
    const [, command = '', rest = ''] = found ?? [];
    if (found === null || !(commandNames as string[]).includes(command)) return [];
    const words = [...rest.replace(/ > .*$|\s#.*$/, '').matchAll(/'([^']*)'|"([^"]*)"|(\S+)/g)];
    const args = words.map((word) => word[1] ?? word[2] ?? word[3] ?? '');
    return [{ line: line.trim(), command, args: args[0] === '--' ? args.slice(1) : args }];
  });
}

const all = pages.flatMap((page) =>
  labCommands(readFileSync(join(root, page), 'utf8')).map((one) => ({ page, ...one })),
);

it('finds the commands of the pages', () => {
  expect(all.length).toBeGreaterThan(10);
});

it('options of every command in README and docs exist, with npm before them separated by --', () => {
  const wrong = all.flatMap(({ page, line, command, args }) => {
    const issues = commandLineIssues(command, args, tables[command as keyof typeof tables]);
    const needsDashes = line.includes('npm run') && args.some((arg) => arg.startsWith('--')) && !line.includes(' -- ');
    return [...issues.map(({ message }) => message), ...(needsDashes ? ['no -- before the options'] : [])].map(
      (message) => `${page}: ${line}: ${message}`,
    );
  });
  expect(wrong).toEqual([]);
});

it('scenarios and profiles that the pages name exist', () => {
  const wrong = all
    .filter(({ command }) => command === 'scenario')
    .flatMap(({ page, line, args }) => {
      const [name = ''] = args;
      const listed = args[args.indexOf('--profiles') + 1] ?? '';
      const named = args.includes('--profiles') ? listed.split(',') : [];
      const unknown = [
        ...(/^[a-z][a-z-]*$/.test(name) && !scenarios.some((one) => one.name === name) ? [name] : []),
        ...named.filter((one) => !/[./A-Z]/.test(one) && !profiles.some((profile) => profile.name === one)),
      ];
      return unknown.map((one) => `${page}: ${line}: no ${one}`);
    });
  expect(wrong).toEqual([]);
});
