import { describe, expect, it } from 'vitest';
import { commandLineIssues } from './command-line-issues.ts';
import { commandNames, commandOptions } from './command-options.ts';
import { commandText } from './invocation.ts';
import { npmOptionIssues } from './npm-options.ts';

const tables = commandOptions(null);
const issuesOf = (line: string) => commandLineIssues('scenario', line.split(' '), tables.scenario);

describe('the options of a command line', () => {
  it.each([
    ['short-conn --profile a,b --quick', '--profile', 'did you mean --profiles?', 'short-conn --profiles a,b --quick'],
    ['short-conn --qick', '--qick', 'did you mean --quick?', 'short-conn --quick'],
    ['short-conn --durations=3s', '--durations', 'did you mean --duration?', 'short-conn --duration=3s'],
    ['short-conn --sysctls a=1', '--sysctls', 'did you mean --sysctl?', 'short-conn --sysctl a=1'],
    ['short-conn --dur 3s', '--dur', 'did you mean --duration?', 'short-conn --duration 3s'],
    ['short-conn -quick', '-quick', 'did you mean --quick?', 'short-conn --quick'],
    ['short-conn --client-comd x', '--client-comd', 'did you mean --client-cmd?', 'short-conn --client-cmd x'],
  ])('%s: %s is unknown; suggests the nearest option and the corrected line', (line, field, nearest, paste) => {
    const [issue, ...more] = issuesOf(line);
    expect(more).toEqual([]);
    expect(issue?.field).toBe(field);
    expect(issue?.hint).toContain(nearest);
    expect(issue?.hint).toContain(commandText('scenario', paste.split(' ')));
  });

  it('unlike any known one are rejected with a hint to --help', () => {
    expect(issuesOf('short-conn --zzzzzzzzzzzzzz')[0]?.hint).toContain('--help');
    expect(issuesOf(`short-conn --${'z'.repeat(100_000)}`)[0]?.field.length).toBeLessThan(100);
  });

  it.each([
    ['short-conn --duration 3s --duration 4s', '--duration', 'more than once'],
    ['short-conn --quick --quick', '--quick', 'more than once'],
    ['short-conn --fail --no-fail', '--fail', 'more than once'],
    ['short-conn --clientCmd a --client-cmd b', '--client-cmd', 'more than once'],
    ['short-conn --duration --quick', '--duration', 'needs a value'],
    ['short-conn --duration', '--duration', 'needs a value'],
    ['short-conn --quick=5', '--quick', 'no value'],
    ['short-conn --client-args -n', '--client-args', 'needs a value'],
    ['short-conn --log-level loud', '--log-level', 'not valid'],
    ['short-conn --log-level=', '--log-level', 'not valid'],
    ['short-conn --out=', '--out', 'empty'],
    ['short-conn --gate ', '--gate', 'empty'],
  ])('%s: %s %s', (line, field, message) => {
    const issues = issuesOf(line);
    expect(issues.map((issue) => issue.field)).toEqual([field]);
    expect(issues[0]?.message).toContain(message);
    expect(issues[0]?.hint).toBeTruthy();
  });

  it('report every problem at once', () => {
    const fields = issuesOf('short-conn --profile a --durtion 5s --rate --quick=x').map((issue) => issue.field);
    expect(fields).toEqual(['--profile', '--durtion', '--rate', '--quick']);
  });

  it.each([
    'short-conn --quick --profiles a,b --duration 3s --rate max --no-fail --json',
    'short-conn --sysctl a=1 --sysctl b=2 --server-env A=1 --server-env B=2 --clientEnv C=3',
    'short-conn --rate -5 --out=--x --quick=true',
    'short-conn --log-level debug --help',
  ])('%s: no issues', (line) => {
    expect(issuesOf(line)).toEqual([]);
  });

  it('are known for every command', () => {
    expect(commandNames).toEqual(expect.arrayContaining(['scenario', 'compare', 'images', 'schema', 'pages']));
    for (const name of commandNames) expect(commandLineIssues(name, ['--wrong-option'], tables[name])).toHaveLength(1);
  });
});

describe('options that npm took for itself', () => {
  const env = (values: Record<string, string>) => ({ npm_lifecycle_event: 'scenario', ...values });
  const hintOf = (args: string[], values: Record<string, string>) =>
    npmOptionIssues('scenario', args, tables.scenario, env(values))[0]?.hint;

  it('are reported, with the intended command line', () => {
    expect(hintOf(['short-conn'], { npm_config_quick: 'true' })).toMatch(/ short-conn --quick$/);
    expect(hintOf(['short-conn', '3s'], { npm_config_quick: 'true', npm_config_duration: 'true' })).toMatch(
      / short-conn --duration 3s --quick$|short-conn --quick --duration 3s$/,
    );
    expect(hintOf(['short-conn'], { npm_config_rate: '5', npm_config_fail: '' })).toMatch(
      / short-conn --rate 5 --no-fail$/,
    );
    expect(hintOf(['short-conn', 'a b'], { npm_config_client_cmd: 'true' })).toMatch(/ short-conn --client-cmd 'a b'$/);
  });

  it("are not checked outside npm, and npm's own options are ignored", () => {
    expect(npmOptionIssues('scenario', [], tables.scenario, { npm_config_quick: 'true' })).toEqual([]);
    expect(
      npmOptionIssues('scenario', [], tables.scenario, env({ npm_config_json: 'true', npm_config_yes: '' })),
    ).toEqual([]);
  });
});
