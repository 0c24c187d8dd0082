import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { readSysctlKeys } from './sysctl-keys.ts';

it('reads keys as sysctl(8) prints them, with a slash for a dot in an interface name', () => {
  const root = mkdtempSync(join(tmpdir(), 'sysctl-keys-'));
  try {
    mkdirSync(join(root, 'ipv4/conf/eth0.100'), { recursive: true });
    writeFileSync(join(root, 'ipv4/conf/eth0.100/rp_filter'), '');
    writeFileSync(join(root, 'ipv4/tcp_tw_reuse'), '');
    expect([...readSysctlKeys(root)].sort()).toEqual(['net.ipv4.conf.eth0/100.rp_filter', 'net.ipv4.tcp_tw_reuse']);
  } finally {
    rmSync(root, { recursive: true });
  }
});

it('finds none if the folder does not exist', () => {
  expect(readSysctlKeys('/nonexistent/net').size).toBe(0);
});
