import { describe, expect, it } from 'vitest';
import { canonicalValue, resolveSysctlKey, sysctlIssues, whyNotSettable } from './sysctls.ts';
import { SysctlKey } from './vocabulary.ts';

const issueOf = (key: string, value: string, present: readonly string[] = []) =>
  sysctlIssues({ [key]: value }, '--sysctl', new Set(present))[0] ?? null;

describe('a sysctl key', () => {
  it.each([
    ['net.ipv4.tcp_tw_resue', 'did you mean net.ipv4.tcp_tw_reuse?'],
    ['net.ipv4.tcp_tw_reuse1', 'did you mean net.ipv4.tcp_tw_reuse?'],
    ['net.ipv4.ip_local_port_rang', 'did you mean net.ipv4.ip_local_port_range?'],
    ['net.core.somaxcon', 'did you mean net.core.somaxconn?'],
    ['net.core.tcp_tw_reuse', 'did you mean net.ipv4.tcp_tw_reuse?'],
    ['net.netfilter.nf_conntrack_tcp_timeout_timewait', 'net.netfilter.nf_conntrack_tcp_timeout_time_wait'],
    ['net.ipv4.conf.eth0.rp_filer', 'did you mean net.ipv4.conf.eth0.rp_filter?'],
    ['net.ipv4.tcp_keepalive_interval', 'net.ipv4.tcp_keepalive_intvl'],
    ['tcp_tw_resue', 'did you mean net.ipv4.tcp_tw_reuse?'],
    ['net.Core.somaxconn', 'did you mean net.core.somaxconn?'],
  ])('%s that no kernel has had is refused with the nearest: %s', (key, hint) => {
    const issue = issueOf(key, '1');
    expect(issue?.message).toContain('no Linux kernel has');
    expect(issue?.hint).toContain(hint);
  });

  it('far from every key is still rejected with a hint, however long it is', () => {
    for (const key of ['net.banana', 'banana', 'net.x', `net.ipv4.${'x'.repeat(100_000)}`]) {
      const issue = issueOf(key, '1');
      expect(issue?.message).toContain('no Linux kernel has');
      expect(issue?.message.length).toBeLessThan(200);
      expect(issue?.hint).toBeTruthy();
    }
  });

  it('of this machine is known, whatever the table says', () => {
    expect(issueOf('net.ipv4.tcp_brand_new', '5')).not.toBeNull();
    expect(issueOf('net.ipv4.tcp_brand_new', '5', ['net.ipv4.tcp_brand_new'])).toBeNull();
  });

  it.each([
    'net.ipv4.tcp_tw_recycle',
    'net.ipv4.tcp_abc',
    'net.netfilter.nf_conntrack_helper',
    'net.ipv4.tcp_tw_timeout',
  ])('%s, which some kernels had, is no mistake of the command', (key) => {
    expect(issueOf(key, '1')).toBeNull();
  });

  it.each([
    ['net.ipv4.tcp_max_orphans', 'whole machine'],
    ['net.netfilter.nf_conntrack_max', 'whole machine'],
    ['net.nf_conntrack_max', 'whole machine'],
    ['kernel.pid_max', 'whole machine'],
    ['vm.swappiness', 'whole machine'],
    ['net.ipv4.tcp_ehash_entries', 'read-only'],
  ])('%s cannot be set for a peer: %s', (key, message) => {
    expect(issueOf(key, '5')?.message).toContain(message);
  });

  it('is never accepted where a journal could not be read again', () => {
    const keys = [
      'net.x',
      'net.ipv4.conf.eth0/1.rp_filter',
      'net.ipv4.conf.all.rp_filter',
      'net.ipv4.conf.é.rp_filter',
    ];
    for (const key of keys) {
      if (issueOf(key, '1', keys) === null) expect(SysctlKey.safeParse(key).success).toBe(true);
    }
  });
});

describe('a short sysctl key', () => {
  it.each([
    ['tcp_tw_reuse', 'net.ipv4.tcp_tw_reuse'],
    ['ip_local_port_range', 'net.ipv4.ip_local_port_range'],
    ['ipv4.tcp_fin_timeout', 'net.ipv4.tcp_fin_timeout'],
    ['core.somaxconn', 'net.core.somaxconn'],
    ['somaxconn', 'net.core.somaxconn'],
    ['tcp_tw_recycle', 'net.ipv4.tcp_tw_recycle'],
    ['nf_conntrack_tcp_timeout_time_wait', 'net.netfilter.nf_conntrack_tcp_timeout_time_wait'],
    ['net/ipv4/tcp_tw_reuse', 'net.ipv4.tcp_tw_reuse'],
    ['/proc/sys/net/ipv4/tcp_tw_reuse', 'net.ipv4.tcp_tw_reuse'],
    ['net/ipv4/conf/eth0.100/rp_filter', 'net.ipv4.conf.eth0/100.rp_filter'],
    ['net.ipv4.tcp_tw_reuse', 'net.ipv4.tcp_tw_reuse'],
  ])('%s is %s', (written, key) => {
    expect(resolveSysctlKey(written, new Set())).toEqual({ key });
  });

  it('that two keys end with is rejected, naming both', () => {
    const resolved = resolveSysctlKey('ip_nonlocal_bind', new Set());
    expect('issue' in resolved && resolved.issue.hint).toContain(
      'net.ipv4.ip_nonlocal_bind or net.ipv6.ip_nonlocal_bind',
    );
  });
});

describe('a value', () => {
  it.each([
    ['net.ipv4.tcp_tw_reuse', '7', 'a whole number from 0 to 2'],
    ['net.ipv4.tcp_tw_reuse', 'on', 'a whole number from 0 to 2'],
    ['net.ipv4.tcp_tw_reuse', '1.5', 'a whole number from 0 to 2'],
    ['net.ipv4.tcp_tw_reuse', '', 'a whole number from 0 to 2'],
    ['net.ipv4.tcp_tw_reuse_delay', '0', 'from 1 to 60000'],
    ['net.ipv4.tcp_tw_recycle', 'yes', 'from 0 to 1'],
    ['net.ipv4.tcp_syn_retries', '200', 'from 1 to 127'],
    ['net.core.somaxconn', '-1', 'from 0 to'],
    ['net.ipv4.conf.eth0.rp_filter', '9', 'from 0 to 2'],
    ['net.netfilter.nf_conntrack_tcp_timeout_time_wait', '2s', 'whole number'],
    ['net.ipv4.tcp_rmem', '4096 131072', '3 whole numbers'],
    ['net.ipv4.tcp_rmem', 'a b c', '3 whole numbers'],
    ['net.ipv4.tcp_congestion_control', ' ', 'KEY=VALUE'],
    ['net.ipv4.ip_local_port_range', '60999 32768', "write '32768 60999'"],
    ['net.ipv4.ip_local_port_range', 'many', 'two ports'],
    ['net.ipv4.ip_local_port_range', '32768', 'two ports'],
    ['net.ipv4.ip_local_port_range', '1024 99999', '65535'],
    ['net.ipv4.ip_local_port_range', '1000 65535', 'ip_unprivileged_port_start'],
    ['net.ipv4.ip_local_reserved_ports', 'banana', '8080,9000-9100'],
    ['net.ipv4.ip_local_reserved_ports', '9100-9000', '9000-9100'],
    ['net.ipv4.ip_local_reserved_ports', '80,70000', '65535'],
    ['net.ipv4.ip_local_reserved_ports', '8080 9000', '8080,9000-9100'],
    ['net.ipv4.ip_local_reserved_ports', '80-90-100', '8080,9000-9100'],
  ])('%s = %s is refused: %s', (key, value, hint) => {
    const issue = issueOf(key, value);
    expect(issue?.field).toBe(`--sysctl.${key}`);
    expect(issue?.message).toBeTruthy();
    expect(issue?.hint).toContain(hint);
  });

  it.each([
    ['net.ipv4.ip_local_reserved_ports', '', ''],
    ['net.ipv4.ip_local_reserved_ports', '8080, 9000 - 9100', '8080,9000-9100'],
    ['net.ipv4.ip_local_port_range', '1024\t65535', '1024 65535'],
    ['net.ipv4.tcp_rmem', '4096   131072\t6291456', '4096 131072 6291456'],
    ['net.ipv4.tcp_tw_reuse', '01', '1'],
    ['net.ipv4.tcp_congestion_control', 'cubic', 'cubic'],
  ])('%s = %j is written as the kernel takes it: %j', (key, value, written) => {
    expect(issueOf(key, value)).toBeNull();
    expect(canonicalValue(key, value)).toBe(written);
  });

  it('of a range below 1024 needs the unprivileged ports to start at or below it', () => {
    const range = { 'net.ipv4.ip_local_port_range': '500 65535' };
    expect(sysctlIssues({ ...range, 'net.ipv4.ip_unprivileged_port_start': '500' }, 'x')).toEqual([]);
    expect(sysctlIssues({ ...range, 'net.ipv4.ip_unprivileged_port_start': '501' }, 'x')).toHaveLength(1);
    expect(sysctlIssues({ 'net.ipv4.ip_unprivileged_port_start': '40000' }, 'x')[0]?.hint).toContain(
      'ip_local_port_range',
    );
  });
});

describe('why a key cannot be set here', () => {
  it.each([
    ['net.ipv4.tcp_tw_recycle', 'removed in Linux 4.12'],
    ['net.ipv4.tcp_tw_reuse_delay', 'since Linux 6.14'],
    ['net.ipv4.tcp_child_ehash_entries', 'since Linux 6.1'],
    ['net.ipv4.tcp_tw_timeout', 'vendor kernels'],
    ['net.ipv4.vs.conn_reuse_mode', 'this kernel has no'],
  ])('%s: %s', (key, reason) => {
    expect(whyNotSettable(key)).toContain(reason);
    expect(whyNotSettable(key)).toContain(key);
  });
});
