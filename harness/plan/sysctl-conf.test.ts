import { describe, expect, it } from 'vitest';
import { parseSysctlConf } from './sysctl-conf.ts';

describe('parseSysctlConf', () => {
  it('reads settings with their line, folds white space and leaves comments out', () => {
    const text = '# range\n\n; old\nnet.ipv4.ip_local_port_range =  1024\t65000\nnet.ipv4.tcp_tw_reuse=1\r\n';
    expect(parseSysctlConf(text)).toEqual({
      settings: [
        { line: 4, key: 'net.ipv4.ip_local_port_range', value: '1024 65000', mayFail: false },
        { line: 5, key: 'net.ipv4.tcp_tw_reuse', value: '1', mayFail: false },
      ],
      overridden: [],
      problems: [],
    });
  });

  it('takes slashes as separators where they come first, and keeps the dots of an interface', () => {
    const text = 'net/ipv4/conf/eth0.1/rp_filter = 1\n-net.ipv4.conf.eth0/1.rp_filter = 0\n';
    expect(parseSysctlConf(text).settings).toEqual([
      { line: 2, key: 'net.ipv4.conf.eth0/1.rp_filter', value: '0', mayFail: true },
    ]);
  });

  it('uses the last value of a key, with its line', () => {
    expect(
      parseSysctlConf('a.b = 1\na.c = 2\na.b = 3').settings.map(({ key, value, line }) => [key, value, line]),
    ).toEqual([
      ['a.c', '2', 2],
      ['a.b', '3', 3],
    ]);
  });

  it('reports every line that sets nothing', () => {
    const { settings, problems } = parseSysctlConf('net.ipv4.tcp_tw_reuse\n= 1\nbad key = 2\nempty =\n');
    expect(problems.map(({ line }) => line)).toEqual([1, 2, 3]);
    expect(settings).toEqual([{ line: 4, key: 'empty', value: '', mayFail: false }]);
  });
});
