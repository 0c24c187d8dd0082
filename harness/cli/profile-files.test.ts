import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import type { ValidationIssue } from '../model/errors.ts';
import { readProfileFiles } from './profile-files.ts';

const folder = mkdtempSync(join(tmpdir(), 'timewait-lab-profiles-'));
afterAll(() => rmSync(folder, { recursive: true }));
const place = { present: new Set<string>(), listeners: [] };

function file(name: string, text: string): string {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
}

async function read(text: string | undefined) {
  const issues: ValidationIssue[] = [];
  return { ...(await readProfileFiles(text, place, issues)), issues };
}

describe('profiles named as files', () => {
  it('take the lines of a sysctl.conf that a namespace can set, and note the others', async () => {
    const path = file(
      '99-Net.conf',
      'net.ipv4.tcp_tw_reuse = 1\nnet.ipv4.tcp_tw_recycle = 1\nvm.swappiness = 10\nnet/ipv4/tcp_rmem = 4096 87380 6291456\n',
    );
    const { text, profiles, issues } = await read(`baseline, ${path}`);
    expect(issues).toEqual([]);
    expect(text).toBe('baseline,99-net.conf');
    expect(profiles).toMatchObject([
      {
        name: '99-net.conf',
        sysctls: { all: { 'net.ipv4.tcp_tw_reuse': '1', 'net.ipv4.tcp_rmem': '4096 87380 6291456' } },
        notes: [expect.stringMatching(/:2: .*removed.*4\.12/), expect.stringMatching(/:3: .*machine-wide/)],
      },
    ]);
  });

  it('may be YAML or JSON, with settings by role', async () => {
    const yaml = file('mine.yml', 'sysctls:\n  client:\n    net.ipv4.tcp_tw_reuse: "1"\n');
    const json = file('theirs.json', '{"name": "theirs", "title": "t", "sysctls": {"all": {}}}');
    const { text, profiles, issues } = await read(`${yaml},${json}`);
    expect(issues).toEqual([]);
    expect(text).toBe('mine.yml,theirs');
    expect(profiles[0]?.sysctls).toEqual({ client: { 'net.ipv4.tcp_tw_reuse': '1' } });
  });

  it('report every problem: of each line, of a missing file, of a file that sets nothing here', async () => {
    const wrong = file('wrong.conf', 'net.ipv4.tcp_tw_resue = 1\nnet.ipv4.tcp_tw_reuse = banana\n');
    const idle = file('idle.conf', 'vm.swappiness = 10\n');
    const broken = file('broken.yml', 'sysctls: [');
    const { profiles, issues } = await read(`${wrong},${idle},${broken},./nowhere.conf`);
    expect(profiles).toEqual([]);
    expect(issues.map(({ field }) => field)).toEqual([`${wrong}:1`, `${wrong}:2`, idle, broken, './nowhere.conf']);
    expect(issues[0]?.message).toContain('did you mean net.ipv4.tcp_tw_reuse?');
  });

  it('leaves plain names, and no --profiles at all, as they are', async () => {
    expect(await read('tw-reuse-0,tw-reuse-1')).toMatchObject({ text: 'tw-reuse-0,tw-reuse-1', profiles: [] });
    expect(await read(undefined)).toMatchObject({ text: undefined, profiles: [] });
  });
});
