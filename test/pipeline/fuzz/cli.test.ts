import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, expect, it } from 'vitest';
import { sampleObservation } from '../../samples/observation.ts';
import { check, mutated, mutations, printSeed, read, text, timeout } from './cases.ts';

printSeed();

const cli = join(import.meta.dirname, '..', '..', '..', 'bin', 'timewait-lab.mjs');
const folder = mkdtempSync(join(tmpdir(), 'timewait-lab-fuzz-cli-'));
afterAll(() => rmSync(folder, { recursive: true }));
const at = (name: string) => join(folder, name);
mkdirSync(at('run'));

const report = read('results', 'sample', 'report.json');
const observation = JSON.stringify(sampleObservation());
writeFileSync(at('good.json'), report);
writeFileSync(at('observed.json'), observation);
const gates = JSON.stringify({ gates: [{ name: 'a', holds: 'client.timeWait.peak < 100' }] });
const profile = JSON.stringify({ name: 'a', title: 'b', sysctls: { all: { 'net.ipv4.tcp_tw_reuse': '1' } } });
const scenario = JSON.stringify({
  peers: { client: {}, server: { serves: ['nginx'] } },
  load: { command: 'ab {url}' },
});
const hosts = JSON.stringify({ hosts: { a: 'ssh://one', b: 'ssh://two' }, place: { client: 'a' } });
const [firstLine = ''] = read('test', 'fixtures', 'journal-v1.ndjson').split('\n');
const explain = ['scenario', 'short-conn', '--explain', '--quick'];

/** A file that a command reads, good until it is changed, and the command. None of them starts a run. */
const kinds: { file: string; good: string; args: string[] }[] = [
  { file: 'report.json', good: report, args: ['compare', at('good.json'), at('report.json'), '--no-fail'] },
  { file: 'budget.json', good: report, args: ['budget', '--from', at('budget.json')] },
  { file: 'observation.json', good: observation, args: ['compare', at('observed.json'), at('observation.json')] },
  { file: 'gates.yml', good: gates, args: ['compare', at('good.json'), at('good.json'), '--gate', at('gates.yml')] },
  { file: 'scenario.json', good: scenario, args: ['scenario', at('scenario.json'), '--explain'] },
  { file: 'profile.json', good: profile, args: [...explain, '--profiles', at('profile.json')] },
  { file: '99-net.conf', good: '"net.ipv4.tcp_tw_reuse = 1"', args: ['doctor', '--sysctl-file', at('99-net.conf')] },
  { file: 'hosts.json', good: hosts, args: [...explain, '--runtime', 'swarm', '--hosts', at('hosts.json')] },
  { file: 'history.jsonl', good: '{"historyVersion":1}', args: ['history', 'show', '--history', at('history.jsonl')] },
  { file: 'run/journal.ndjson', good: firstLine, args: ['report', at('run')] },
];

it('commands with a broken file', { timeout }, async () => {
  const content = fc.oneof(mutations, text);
  await check(
    fc.tuple(fc.constantFrom(...kinds), content),
    ([{ file, good, args }, change]) => {
      writeFileSync(at(file), typeof change === 'string' ? change : mutated(good, change));
      const { status, stdout, stderr } = spawnSync(process.execPath, [cli, ...args], {
        encoding: 'utf8',
        timeout: 30_000,
        // More than this much memory ends it with SIGABRT, and without an exit code.
        env: { ...process.env, NODE_OPTIONS: '--max-old-space-size=300' },
      });
      const shown = `${args.join(' ')}: ${status}: ${stderr}`;
      // 1: a comparison or a line of a sysctl.conf does not hold; 3: this machine lacks what the file asks for.
      expect([0, 1, 2, 3], shown).toContain(status);
      expect(stdout + stderr, shown).not.toMatch(/\n\s+at .*[:(]\d+|unexpected:/);
      // The field, or the file where all of it is wrong; doctor reviews a sysctl.conf on its standard output.
      const isReviewed = file.endsWith('.conf') && /^ +\d+ .*\n +(invalid|unknown):/m.test(stdout);
      const isNamed = isReviewed || /^ {2}\S.*: \S/m.test(stderr) || stderr.includes(at(file));
      if (status === 2) expect(isNamed, `${shown}${stdout}`).toBe(true);
    },
    0.02,
  );
});
