import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, expect, it } from 'vitest';
import { readGates } from '../../../harness/analysis/gates/gate.ts';
import { readObservationGates } from '../../../harness/analysis/observation/check-observation.ts';
import { fleetOf } from '../../../harness/cli/fleet-arguments.ts';
import { readProfileFiles } from '../../../harness/cli/profile-files.ts';
import { readScenarioFiles } from '../../../harness/cli/scenario-files.ts';
import type { ValidationIssue } from '../../../harness/model/errors.ts';
import { Profile, Scenario } from '../../../harness/model/scenario.ts';
import { zodIssues } from '../../../harness/model/zod-issues.ts';
import { reviewConf } from '../../../harness/plan/conf-review.ts';
import { plan } from '../../../harness/plan/plan.ts';
import { profiles } from '../../../scenarios/profiles.ts';
import { scenarios } from '../../../scenarios/registry.ts';
import { check, expectNamed, mutated, mutations, printSeed, text, timeout } from './cases.ts';

printSeed();

const folder = mkdtempSync(join(tmpdir(), 'timewait-lab-fuzz-'));
afterAll(() => rmSync(folder, { recursive: true }));
const place = { present: new Set(['net.ipv4.tcp_tw_reuse']), listeners: [] };
const input = { repetitions: 1, form: 'quick' as const, overrides: { sysctls: {} }, settable: null };

function file(name: string, content: string): string {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
}

it('gates', { timeout }, async () => {
  const gates = JSON.stringify({ gates: [{ name: 'a', holds: 'client.timeWait.peak < 100', scenario: 'short-conn' }] });
  for (const readAll of [readGates, readObservationGates]) {
    await check(mutations, (changes) => readAll(mutated(gates, changes), 'gates.yml'));
    await check(text, (one) => readAll(one, 'gates.yml'));
  }
  const parts = ['client', '.', 'timeWait', '<', '>=', '1e9', '(', ')', '*', 'baseline', '-', ' ', '%', 'and'];
  await check(fc.array(fc.constantFrom(...parts), { maxLength: 60 }), (words) =>
    readGates(JSON.stringify({ gates: [{ holds: words.join(' ') }] }), 'gates.yml'),
  );
});

it('scenarios and profiles, and their plan', { timeout }, async () => {
  const texts = scenarios.map((scenario) => JSON.stringify(scenario));
  await check(fc.tuple(fc.nat(texts.length - 1), mutations), ([at, changes]) => {
    const parsed = Scenario.safeParse(JSON.parse(mutated(texts[at] as string, changes)));
    if (!parsed.success) return expect(zodIssues(parsed.error, 'scenario').length).toBeGreaterThan(0);
    const planned = plan({ ...input, scenarios: [parsed.data], profiles });
    if (!planned.ok) expect(planned.issues.length).toBeGreaterThan(0);
  });
  const profileTexts = profiles.map((profile) => JSON.stringify(profile));
  await check(fc.tuple(fc.nat(profileTexts.length - 1), mutations), ([at, changes]) => {
    const parsed = Profile.safeParse(JSON.parse(mutated(profileTexts[at] as string, changes)));
    if (!parsed.success) expect(zodIssues(parsed.error, 'profile').length).toBeGreaterThan(0);
  });
});

it('scenario files', { timeout }, async () => {
  const good = JSON.stringify({
    title: 't',
    peers: {
      client: {},
      proxy: { serves: [{ command: 'haproxy -db -f {config}', config: 'haproxy.cfg', upstream: ['web'] }] },
      web: { serves: ['nginx'], sysctls: { 'net.ipv4.tcp_tw_reuse': '1' }, addresses: 2 },
    },
    load: { to: 'proxy', command: 'wrk -t1 -c10 -d3s {url}', durationMs: 4000 },
    links: [{ between: ['client', 'proxy'], delayMs: 20 }, ['proxy', 'web']],
    variants: { a: { peers: { web: { addresses: 1 } } } },
    profiles: ['tw-reuse-0', { name: 'own', sysctls: { web: { 'net.ipv4.tcp_tw_reuse': '0' } } }],
    expectations: [{ text: 'x', holds: 'proxy.counters.Tcp.ActiveOpens > 1' }],
  });
  file('haproxy.cfg', 'defaults\n');
  const readOne = async (content: string) => {
    const issues: ValidationIssue[] = [];
    const options = { place, taken: ['short-conn'], takenProfiles: ['baseline'], allowCommands: true };
    const found = await readScenarioFiles([file('one.yml', content)], options, issues);
    const planned = plan({ ...input, scenarios: found.scenarios, profiles: [...profiles, ...found.profiles] });
    if (!planned.ok) issues.push(...found.inFiles(planned.issues));
    expectNamed(issues);
    if (found.scenarios.length === 0) expect(issues.length).toBeGreaterThan(0);
  };
  await check(mutations, (changes) => readOne(mutated(good, changes)));
  await check(text, readOne);
});

it('profile files', { timeout }, async () => {
  const good = JSON.stringify({ name: 'a', title: 'b', sysctls: { all: { 'net.ipv4.tcp_tw_reuse': '1' } } });
  const readOne = async (name: string, content: string) => {
    const issues: ValidationIssue[] = [];
    const found = await readProfileFiles(file(name, content), place, issues);
    expectNamed(issues);
    if (found.profiles.length === 0) expect(issues.length).toBeGreaterThan(0);
  };
  await check(mutations, (changes) => readOne('a.json', mutated(good, changes)));
  await check(text, (one) => readOne('a.yml', one));
});

it('sysctl.conf files', { timeout }, async () => {
  const keys = ['net.ipv4.tcp_tw_reuse', 'net/ipv4/conf/eth0.1/rp_filter'];
  const part = fc.constantFrom(...keys, '=', ' ', '-', '#', '\r', '\n', '1', '*');
  const line = fc.oneof(
    fc.string(),
    fc.array(part).map((parts) => parts.join('')),
    fc.constant('__proto__ = 1'),
  );
  await check(fc.array(line, { maxLength: 30 }), (all) => reviewConf(all.join('\n'), place));
  await check(text, async (one) => {
    const issues: ValidationIssue[] = [];
    await readProfileFiles(file('99-net.conf', one), place, issues);
    expectNamed(issues);
  });
});

it('files of hosts, and lists of them', { timeout }, async () => {
  const good = JSON.stringify({ hosts: { a: 'ssh://user@one', b: 'ssh://user@two' }, place: { client: 'a' } });
  const readOne = (hosts: string, place?: string) => {
    const issues: ValidationIssue[] = [];
    fleetOf({ hosts, place }, issues);
    expectNamed(issues);
  };
  await check(mutations, (changes) => readOne(file('hosts.json', mutated(good, changes)), 'client=b'));
  await check(text, (one) => readOne(file('hosts.yml', one)));
  const word = fc.oneof(fc.string(), fc.constantFrom('a=ssh://x', 'b=', '=', ',', 'tcp://1', '__proto__=unix:///a'));
  await check(fc.tuple(fc.array(word), fc.array(word)), ([hosts, place]) => readOne(hosts.join(','), place.join(',')));
});
