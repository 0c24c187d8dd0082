import { describe, expect, it } from 'vitest';
import { foldWhiteSpace, sysctlKeyOf, sysctlPath } from './sysctl-key.ts';
import { sysctlIssues } from './sysctls.ts';
import { SysctlKey } from './vocabulary.ts';

describe('sysctlPath', () => {
  it.each([
    ['net.ipv4.tcp_tw_reuse', '/proc/sys/net/ipv4/tcp_tw_reuse'],
    ['net.ipv4.conf.eth0/1.rp_filter', '/proc/sys/net/ipv4/conf/eth0.1/rp_filter'],
    ['net/ipv4/conf/eth0.1/rp_filter', '/proc/sys/net/ipv4/conf/eth0.1/rp_filter'],
  ])('%s', (key, path) => {
    expect(sysctlPath(key)).toBe(path);
  });

  it.each([
    'net.//.kernel.hostname',
    'net/../kernel/hostname',
    'net..ipv4',
    '/kernel/hostname',
    '',
  ])("refuses '%s', which names no file below its folder", (key) => {
    expect(() => sysctlPath(key)).toThrowError(expect.objectContaining({ code: 'NOT_A_SYSCTL_KEY' }));
  });

  it('is undone by sysctlKeyOf', () => {
    for (const key of ['net.ipv4.tcp_tw_reuse', 'net.ipv4.conf.eth0/1.rp_filter']) {
      expect(sysctlKeyOf(sysctlPath(key).slice('/proc/sys/'.length))).toBe(key);
    }
  });
});

it('has one rule for keys: the command line accepts what a journal can hold, and nothing else', () => {
  const keys = [
    'net.ipv4.tcp_tw_reuse',
    'net.ipv4.conf.eth0/1.rp_filter',
    'net.x',
    'net.Core.somaxconn',
    'net.//.kernel.hostname',
    'net.ipv4.conf./.forwarding',
  ];
  const accepted = keys.filter((key) => sysctlIssues({ [key]: '1' }, '--sysctl').length === 0);
  expect(accepted).toEqual(['net.ipv4.tcp_tw_reuse', 'net.ipv4.conf.eth0/1.rp_filter']);
  expect(keys.filter((key) => SysctlKey.safeParse(key).success)).toEqual(accepted);
});

it('folds white space as the kernel prints it', () => {
  expect(foldWhiteSpace(' 32768\t60999\n')).toBe('32768 60999');
});
