import { describe, expect, it } from 'vitest';
import { readFleet, readHostsFile } from './hosts.ts';

const fields = (issues: readonly { field: string }[]) => issues.map(({ field }) => field);

describe('readFleet', () => {
  it('reads names, addresses and places', () => {
    const { fleet, issues } = readFleet({ hosts: 'a=ssh://me@one,b=staging', place: 'client=b,server=a' });
    expect(issues).toEqual([]);
    expect(fleet).toEqual({
      hosts: [
        { name: 'a', address: 'ssh://me@one' },
        { name: 'b', address: 'staging' },
      ],
      place: { client: 'b', server: 'a' },
    });
  });

  it('reports every problem at once', () => {
    const { issues } = readFleet({ hosts: 'a=ssh://one,a=ssh://two,!=ssh://three,four', place: 'client=z,BAD!=a' });
    expect(issues.map(({ message }) => message)).toEqual([
      "'four' is not of the form NAME=ADDRESS",
      "the host 'a' is named twice",
      "'!' is not a host's name",
      "no host 'z'",
      "'BAD!' is not a role",
    ]);
    expect(issues.every(({ hint }) => hint !== undefined && hint !== '')).toBe(true);
  });

  it('takes one daemon for one host, and needs two', () => {
    expect(readFleet({ hosts: 'a=x,b=x' }).issues[0]?.message).toBe("'b' has the address of another host");
    expect(readFleet({ hosts: 'a=x' }).issues[0]?.message).toBe('a swarm run needs two hosts or more');
    expect(fields(readFleet({ hosts: ',' }).issues)).toContain('--hosts');
  });

  it('refuses TCP without TLS, but for a loopback address when asked', () => {
    const issuesOf = (address: string, insecureTcp = false) =>
      readFleet({ hosts: `a=${address},b=ssh://two`, insecureTcp }).issues;
    expect(issuesOf('tcp://10.0.0.1:2375')[0]?.message).toBe('a: tcp://10.0.0.1:2375 has no TLS');
    expect(issuesOf('tcp://10.0.0.1:2375', true)[0]?.message).toMatch(/not a loopback address/);
    expect(issuesOf('tcp://127.0.0.1:2375')).toHaveLength(1);
    expect(issuesOf('tcp://127.0.0.1:2375', true)).toEqual([]);
  });
});

describe('readHostsFile', () => {
  it('reads hosts and places', () => {
    const content = { hosts: { a: 'ssh://one', b: 'ssh://two' }, place: { client: 'b' } };
    const { fleet, issues } = readHostsFile(content, 'hosts.yml');
    expect(issues).toEqual([]);
    expect(fleet.hosts.map(({ name }) => name)).toEqual(['a', 'b']);
    expect(fleet.place).toEqual({ client: 'b' });
  });

  it('names the field of each problem', () => {
    const { issues } = readHostsFile({ hosts: { a: 5 }, plaice: {} }, 'hosts.yml');
    expect(fields(issues)).toEqual(['hosts.yml: hosts.a', 'hosts.yml: the file']);
  });
});
