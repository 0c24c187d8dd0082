import { describe, expect, it } from 'vitest';
import { profiles } from '../../scenarios/profiles.ts';
import { scenarios } from '../../scenarios/registry.ts';
import { runtimes } from '../runtime/registry.ts';
import { readScenarioArguments, type ScenarioArguments } from './scenario-arguments.ts';

function read(changes: Partial<ScenarioArguments>) {
  const args = { names: ['short-conn'], runtime: 'auto', quick: true, sysctl: [], serverEnv: [], clientEnv: [] };
  return readScenarioArguments({ ...args, ...changes }, { scenarios, profiles, runtimes });
}

const only = (changes: Partial<ScenarioArguments>) => {
  const { issues } = read(changes);
  expect(issues).toHaveLength(1);
  return issues[0];
};

describe('names of scenarios and profiles', () => {
  it('are requested with two examples', () => {
    const issue = only({ names: [] });
    expect(issue?.message).toContain('no scenario named');
    expect(issue?.hint).toMatch(/short-conn --quick.*--list/);
  });

  it.each([
    [{ names: ['short-conn', 'short-conn'] }, 'scenario', "'short-conn' is named twice"],
    [{ profiles: 'tw-reuse-0,tw-reuse-0' }, '--profiles', "'tw-reuse-0' is named twice"],
    [{ profiles: 'tw-reuse-0, tw-reuse-1 ,tw-reuse-0' }, '--profiles', 'named twice'],
    [{ profiles: '' }, '--profiles', 'a name is empty'],
    [{ profiles: 'tw-reuse-0,,tw-reuse-1' }, '--profiles', 'a name is empty'],
    [{ profiles: 'tw-reuse-0,' }, '--profiles', 'a name is empty'],
    [{ names: [''] }, 'scenario', 'a name is empty'],
    [{ names: ['short-conn', ' '] }, 'scenario', 'a name is empty'],
    [{ names: ['short-conn'], all: true }, 'scenario', '--all runs every scenario'],
    [{ names: ['short-con'] }, 'scenario', "no scenario 'short-con'"],
    [{ profiles: 'tw-reuse1' }, '--profiles', "no profile 'tw-reuse1'"],
    [{ runtime: 'dokcer' }, '--runtime', "no runtime 'dokcer'"],
  ])('%j: %s: %s', (changes, field, message) => {
    const issue = only(changes);
    expect(issue?.field).toBe(field);
    expect(issue?.message).toContain(message);
    expect(issue?.hint).toBeTruthy();
  });

  it.each([
    '3s',
    '1000',
    'a,b',
    'net.ipv4.tcp_tw_reuse=1',
    'max',
    'netns',
  ])("the value '%s' instead of a scenario name gives a hint to the missing --", (name) => {
    const { issues } = read({ names: ['short-conn', name] });
    expect(issues[0]?.hint).toContain('after `--`');
  });

  it('of a profile that sets nothing in a scenario are rejected, with the scenarios that it fits', () => {
    const issue = only({ profiles: 'lb-tw-reuse-1' });
    expect(issue?.field).toBe('--profiles');
    expect(issue?.message).toContain('short-conn');
    expect(issue?.hint).toContain('lb-chain');
    expect(read({ names: ['lb-chain'], profiles: 'lb-tw-reuse-0,lb-tw-reuse-1' }).issues).toEqual([]);
    expect(read({ profiles: 'baseline' }).issues).toEqual([]);
  });

  it('are reported together with every other problem', () => {
    const fields = read({
      names: ['short-con', 'keep-alive', 'keep-alive'],
      profiles: 'a,,b',
      duration: '5x',
      rate: '0x10',
      repeat: '1e2',
      sysctl: ['tcp_tw_resue=1', 'nonsense'],
      issues: [{ field: '--profile', message: 'x' }],
    }).issues.map((issue) => issue.field);
    expect(new Set(fields)).toEqual(
      new Set(['--profile', 'scenario', '--profiles', '--duration', '--rate', '--repeat', '--sysctl']),
    );
  });
});

describe('--sysctl', () => {
  it('accepts short keys, slashes and values as the kernel prints them', () => {
    const { input, issues } = read({
      sysctl: ['tcp_tw_reuse=1', 'client:ip_local_port_range=1024 65535', 'net/ipv4/ip_local_reserved_ports='],
    });
    expect(issues).toEqual([]);
    expect(input.overrides.sysctls).toEqual({
      all: { 'net.ipv4.tcp_tw_reuse': '1', 'net.ipv4.ip_local_reserved_ports': '' },
      client: { 'net.ipv4.ip_local_port_range': '1024 65535' },
    });
  });

  it.each([
    [['net.ipv4.tcp_tw_resue=1'], 'no Linux kernel has', 'did you mean net.ipv4.tcp_tw_reuse?'],
    [['tcp_tw_reuse'], 'is not a setting', 'KEY=VALUE'],
    [['=1'], 'is not a setting', 'KEY=VALUE'],
    [[''], 'is not a setting', 'KEY=VALUE'],
    [['clinet:tcp_tw_reuse=1'], "no peer 'clinet' in short-conn", 'did you mean client?'],
    [['tcp_tw_reuse=1', 'net.ipv4.tcp_tw_reuse=0'], "set to both '1' and '0'", 'omit one of them'],
    [['tcp_tw_reuse=5'], 'not a value', '0 to 2'],
    [['vm.swappiness=1'], 'whole machine', 'namespace'],
  ])('%j is rejected: %s', (sysctl, message, hint) => {
    const issue = only({ sysctl });
    expect(issue?.message).toContain(message);
    expect(issue?.hint).toContain(hint);
  });

  it('for a role that one of the scenarios lacks is rejected, because it would have no effect there', () => {
    const sysctl = ['lb:tcp_tw_reuse=1'];
    expect(only({ names: ['lb-chain', 'short-conn'], sysctl })?.message).toContain("no peer 'lb' in short-conn");
    expect(read({ names: ['lb-chain'], sysctl }).issues).toEqual([]);
  });
});

describe('what makes the load', () => {
  it.each([
    [{ clientCmd: 'curl {url}', engine: 'wrk' }, '--client-cmd', '--engine'],
    [{ clientImage: 'k6', engine: 'wrk' }, '--client-image', '--engine'],
    [{ clientImage: 'k6', clientCmd: 'curl' }, '--client-image', '--client-cmd'],
    [{ clientCmd: 'curl {url}', threads: '2' }, '--threads', "applies only to the lab's own engines"],
    [{ clientImage: 'k6', threads: '2' }, '--threads', "applies only to the lab's own engines"],
    [{ clientCmd: 'curl {ulr}' }, '--client-cmd', '{ulr}'],
    [{ clientCmd: '' }, '--client-cmd', 'names no program'],
    [{ clientImage: 'k6', clientArgs: 'run {ulr}' }, '--client-args', '{ulr}'],
    [{ clientImage: 'k6', clientArgs: "run 'x" }, '--client-args', 'quote'],
    [{ clientArgs: '-x' }, '--client-image', 'require an image'],
    [{ engine: 'wrkk' }, '--engine', "no engine 'wrkk'"],
    [{ engine: '' }, '--engine', "no engine ''"],
  ])('%j: %s: %s', (changes, field, message) => {
    const issue = only(changes);
    expect(issue?.field).toBe(field);
    expect(issue?.message).toContain(message);
    expect(issue?.hint).toBeTruthy();
  });

  it('can be a program, an image or an engine', () => {
    expect(read({ clientCmd: 'curl {url}' }).input.overrides).toMatchObject({ clientCommand: 'curl {url}' });
    expect(read({ engine: 'wrk', threads: '2' }).input.overrides).toMatchObject({ engine: 'wrk', threads: 2 });
    expect(read({ clientImage: 'k6' }).input.overrides).toMatchObject({ hasClientImage: true });
  });
});
