import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { peakRateIn } from './column.ts';
import { settleFolder } from './settle-folder.ts';

const isRoot = process.getuid?.() === 0;
let folder: string;
const at = (name: string) => join(folder, name);
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'settle-'));
  vi.stubEnv('SUDO_UID', '');
});
afterEach(() => {
  vi.unstubAllEnvs();
  rmSync(folder, { recursive: true, force: true });
});

it('removes what is neither file nor folder, and follows no link', () => {
  const outside = mkdtempSync(join(tmpdir(), 'outside-'));
  writeFileSync(join(outside, 'secret'), 'kept', { mode: 0o644 });
  writeFileSync(at('report.json'), '{}');
  mkdirSync(at('calibration'));
  symlinkSync(join(outside, 'secret'), at('output.txt'));
  symlinkSync(outside, at('calibration/away'));
  execFileSync('mkfifo', [at('journal.ndjson')]);
  expect(settleFolder(folder).sort()).toEqual([at('calibration/away'), at('journal.ndjson'), at('output.txt')]);
  expect(readdirSync(folder).sort()).toEqual(['calibration', 'report.json']);
  expect(readdirSync(outside)).toEqual(['secret']);
  rmSync(outside, { recursive: true });
});

it('leaves no setuid or setgid program', () => {
  for (const name of ['shell', 'dir']) name === 'dir' ? mkdirSync(at(name)) : writeFileSync(at(name), '#!/bin/sh\n');
  chmodSync(at('shell'), 0o6755);
  chmodSync(at('dir'), 0o2755);
  settleFolder(folder);
  for (const name of ['shell', 'dir']) expect(statSync(at(name)).mode & 0o7000, name).toBe(0);
});

it('ends at a depth that no run has', () => {
  mkdirSync(at('a/b/c/d/e/f/g'), { recursive: true });
  expect(settleFolder(folder)).toEqual([at('a/b/c/d')]);
});

it.runIf(isRoot)('gives it to who called sudo, and to nobody else', () => {
  vi.stubEnv('SUDO_UID', '54322');
  vi.stubEnv('SUDO_GID', '54322');
  writeFileSync(at('report.json'), '{}');
  chmodSync(at('report.json'), 0o4755);
  chownSync(at('report.json'), 0, 0);
  settleFolder(folder);
  const { uid, gid, mode } = statSync(at('report.json'));
  expect([uid, gid, mode & 0o7777]).toEqual([54_322, 54_322, 0o700]);
});

it.each([
  ['{"cells":[{"load":{"rate":{"peak":360.5}}}]}', 360.5],
  ['{"cells":[{"load":{"rate":{"peak":-1}}}]}', null],
  ['{"cells":[{"load":{"rate":{"peak":"fast"}}}]}', null],
  ['{"cells":[]}', null],
  ['[', null],
])('takes a rate from %s only if it is one', (report, rate) => {
  if (rate === null) expect(() => peakRateIn(report)).toThrow();
  else expect(peakRateIn(report)).toBe(rate);
});
