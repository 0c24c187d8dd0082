import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, expect, it } from 'vitest';
import { readGates } from '../../harness/analysis/gates/gate.ts';
import { JournalParser } from '../../harness/analysis/journal/read-journal.ts';
import { readReport } from '../../harness/analysis/journal/read-report.ts';
import { commandLineIssues } from '../../harness/cli/command-line-issues.ts';
import { commandOptions } from '../../harness/cli/command-options.ts';
import { readScenarioArguments, type ScenarioArguments } from '../../harness/cli/scenario-arguments.ts';
import { parseLine } from '../../harness/load/autocannon/lines.ts';
import { parseClientLine } from '../../harness/load/program/lines.ts';
import { parseTraceLine } from '../../harness/load/program/trace-line.ts';
import { parseSummary } from '../../harness/load/wrk/report-script.ts';
import { HarnessError } from '../../harness/model/errors.ts';
import { AgentEvent, AgentReply, requests } from '../../harness/model/protocol.ts';
import { Profile, Scenario } from '../../harness/model/scenario.ts';
import { zodIssues } from '../../harness/model/zod-issues.ts';
import { reviewConf } from '../../harness/plan/conf-review.ts';
import { plan } from '../../harness/plan/plan.ts';
import { parseConntrackStates } from '../../harness/probe/conntrack.ts';
import { parsePressure, parseRunnable, parseStolenMs } from '../../harness/probe/contention.ts';
import { parseMib } from '../../harness/probe/mib.ts';
import { parseProcNetTcp } from '../../harness/probe/proc-net-tcp.ts';
import { parseSockstat, parseTcp6InUse } from '../../harness/probe/sockstat.ts';
import { parseSsStates } from '../../harness/probe/ss-states.ts';
import { RunReader } from '../../harness/run/run-reader.ts';
import { runtimes } from '../../harness/runtime/registry.ts';
import { profiles } from '../../scenarios/profiles.ts';
import { scenarios } from '../../scenarios/registry.ts';

/*
 * Whatever comes from outside: a value, or issues with the path of each field and exit code 2; never another error, a
 * hang, or a change of Object.prototype. TIMEWAIT_LAB_FUZZ: cases of each kind, 500 by default. TIMEWAIT_LAB_SEED repeats
 * a run; fast-check prints the seed of a failure.
 */
const numRuns = Number(process.env.TIMEWAIT_LAB_FUZZ ?? 500);
const seed = Number(process.env.TIMEWAIT_LAB_SEED ?? Date.now() % 2 ** 31);
const timeout = 30_000 + numRuns * 100;
const mostMs = 1000;

const root = join(import.meta.dirname, '..', '..');
const read = (...path: string[]) => readFileSync(join(root, ...path), 'utf8');
const prototypeKeys = Object.getOwnPropertyNames(Object.prototype).join();
afterAll(() => console.log(`fuzz: seed ${seed}, ${numRuns} cases of each kind`));

/** Values that schemas and arithmetic tend to forget. */
const odd = fc.oneof(
  fc.constantFrom<unknown>(null, true, '', 0, -1, 0.5, 1e308, -1e308, 2 ** 53, [], {}, [null], '__proto__', '\u0000'),
  fc.constantFrom<unknown>('x'.repeat(100_000), 'NaN', '../..', '{{', '\u001b[31m', Array(1000).fill(0)),
  fc.jsonValue({ maxDepth: 2 }),
);
const key = fc.constantFrom('__proto__', 'constructor', 'prototype', 'toString', 'type', 't', 'cell', 'role', '', 'x');

interface Mutation {
  at: number;
  how: 'delete' | 'replace' | 'add' | 'repeat';
  value: unknown;
  key: string;
}
const mutation: fc.Arbitrary<Mutation> = fc.record({
  at: fc.nat(),
  how: fc.constantFrom('delete', 'replace', 'add', 'repeat'),
  value: odd,
  key,
});
const mutations = fc.array(mutation, { minLength: 1, maxLength: 3 });

/** Every place in a JSON value: its holder and key. */
function places(value: unknown, found: [Record<string, unknown>, string][] = []) {
  if (typeof value !== 'object' || value === null) return found;
  for (const name of Object.keys(value)) {
    found.push([value as Record<string, unknown>, name]);
    places((value as Record<string, unknown>)[name], found);
  }
  return found;
}

function own(target: object, name: string, value: unknown): void {
  Object.defineProperty(target, name, { value, enumerable: true, configurable: true, writable: true });
}

/** JSON text with mutations applied, and `__proto__` as a field of its own, as JSON.parse makes it. */
function mutated(text: string, changes: readonly Mutation[]): string {
  const content: unknown = JSON.parse(text);
  for (const { at, how, value: shared, key: name } of changes) {
    // Of its own in each case: the next change may be to a place in it.
    const value = structuredClone(shared);
    const all = places(content);
    const place = all[at % Math.max(1, all.length)];
    if (place === undefined) return JSON.stringify(value) ?? 'null';
    const [holder, field] = place;
    if (how === 'delete') delete holder[field];
    else if (how === 'replace') own(holder, field, value);
    else if (how === 'add') own(holder, name, value);
    else own(holder, field, Array(20).fill(holder[field]));
  }
  return JSON.stringify(content) ?? 'null';
}

/** Runs it, and accepts a value or a complete report of what is wrong. */
function accept(work: () => unknown): void {
  const startedAt = performance.now();
  try {
    work();
  } catch (error) {
    if (!(error instanceof HarnessError)) throw error;
    expect(error.exitCode).toBe(2);
    if (error.code === 'BAD_INPUT') {
      expect(error.issues.length).toBeGreaterThan(0);
      for (const { field, message } of error.issues)
        expect([field.length > 0, message.length > 0]).toEqual([true, true]);
    }
  }
  expect(performance.now() - startedAt).toBeLessThan(mostMs);
  expect(Object.getOwnPropertyNames(Object.prototype).join()).toBe(prototypeKeys);
}

function check<T>(arbitrary: fc.Arbitrary<T>, work: (value: T) => unknown): void {
  fc.assert(
    fc.property(arbitrary, (value) => accept(() => work(value))),
    { numRuns, seed },
  );
}

const reportText = read('results', 'sample', 'report.json');
it('report.json', { timeout }, () => {
  check(mutations, (changes) => readReport(mutated(reportText, changes), 'report.json'));
  check(fc.string(), (text) => readReport(text, 'report.json'));
});

it('journal lines, and the report of a journal with some', { timeout }, () => {
  const lines = read('test', 'fixtures', 'journal-v1.ndjson').trimEnd().split('\n');
  check(fc.array(fc.tuple(fc.nat(lines.length - 1), mutations), { minLength: 1, maxLength: 3 }), (changed) => {
    const broken = new Map(changed.map(([at, changes]) => [at, mutated(lines[at] as string, changes)]));
    const parser = new JournalParser('journal.ndjson');
    const reader = new RunReader();
    for (const [at, line] of lines.entries()) {
      const read = parser.parse(broken.get(at) ?? line);
      if (read.ok) reader.add(read.line);
      else expect(read.message.length).toBeGreaterThan(0);
    }
    return reader.result();
  });
});

it('gates', { timeout }, () => {
  const gates = JSON.stringify({ gates: [{ name: 'a', holds: 'client.timeWait.peak < 100', scenario: 'short-conn' }] });
  check(mutations, (changes) => readGates(mutated(gates, changes), 'gates.yml'));
  check(fc.string({ maxLength: 500 }), (text) => readGates(text, 'gates.yml'));
  const words = fc.constantFrom(
    'client',
    '.',
    'timeWait',
    '<',
    '>=',
    '1e9',
    '(',
    ')',
    '*',
    'baseline',
    '-',
    ' ',
    '%',
    'and',
  );
  check(fc.array(words, { maxLength: 60 }), (parts) =>
    readGates(JSON.stringify({ gates: [{ holds: parts.join(' ') }] }), 'gates.yml'),
  );
});

it('scenarios and profiles, and their plan', { timeout }, () => {
  const texts = scenarios.map((scenario) => JSON.stringify(scenario));
  check(fc.tuple(fc.nat(texts.length - 1), mutations), ([at, changes]) => {
    const parsed = Scenario.safeParse(JSON.parse(mutated(texts[at] as string, changes)));
    if (!parsed.success) return expect(zodIssues(parsed.error, 'scenario').length).toBeGreaterThan(0);
    const input = { repetitions: 1, form: 'quick' as const, overrides: { sysctls: {} }, settable: null };
    const planned = plan({ ...input, scenarios: [parsed.data], profiles });
    if (!planned.ok) expect(planned.issues.length).toBeGreaterThan(0);
  });
  const profileTexts = profiles.map((profile) => JSON.stringify(profile));
  check(fc.tuple(fc.nat(profileTexts.length - 1), mutations), ([at, changes]) => {
    const parsed = Profile.safeParse(JSON.parse(mutated(profileTexts[at] as string, changes)));
    if (!parsed.success) expect(zodIssues(parsed.error, 'profile').length).toBeGreaterThan(0);
  });
});

it('sysctl.conf files', { timeout }, () => {
  const place = { present: new Set(['net.ipv4.tcp_tw_reuse']), listeners: [] };
  const part = fc.constantFrom(
    'net.ipv4.tcp_tw_reuse',
    'net/ipv4/conf/eth0.1/rp_filter',
    '=',
    ' ',
    '-',
    '#',
    '\r',
    '\n',
    '1',
    '*',
  );
  const line = fc.oneof(
    fc.string(),
    fc.array(part).map((parts) => parts.join('')),
    fc.constant('__proto__ = 1'),
  );
  check(fc.array(line, { maxLength: 30 }), (all) => reviewConf(all.join('\n'), place as never));
});

it('command lines', { timeout }, () => {
  const tables = commandOptions(null);
  const word = fc.oneof(
    fc.constantFrom('--out', '--rate', '--duration=1s', '--repeat', '-1', '--sysctl', '--', '--=x', '--__proto__', '-'),
    fc.string({ maxLength: 40 }),
  );
  check(fc.array(word, { maxLength: 12 }), (words) => commandLineIssues('scenario', words, tables.scenario));
  const texts = ['rate', 'duration', 'repeat', 'parallel', 'profiles', 'engine', 'clientCmd'] as const;
  const values = fc.record(
    Object.fromEntries(
      texts.map((name) => [
        name,
        fc.oneof(
          fc.string(),
          odd.map((value) => JSON.stringify(value) ?? ''),
        ),
      ]),
    ),
    {
      requiredKeys: [],
    },
  );
  const lists = fc.record({ names: fc.array(fc.string()), sysctl: fc.array(fc.string()) });
  check(fc.tuple(values, lists), ([options, many]) => {
    const fixed = { runtime: 'auto', quick: true, serverEnv: [], clientEnv: [] };
    const args = { ...fixed, ...options, ...many } as ScenarioArguments;
    const { issues } = readScenarioArguments(args, { scenarios, profiles, runtimes });
    for (const { field } of issues) expect(field.length).toBeGreaterThan(0);
  });
});

it('what a program prints', { timeout }, () => {
  const lines = [
    '{"type":"interval","attempts":3,"completed":2,"inFlight":1,"failures":[{"errno":"ECONNREFUSED","phase":"connect","count":1}]}',
    '{"type":"gauge","values":{"pool.open":3}}',
    '{"type":"end","version":"1","requestLatencyUs":{"count":1,"mean":1,"p50":1,"p90":1,"p99":1,"p999":1,"max":1}}',
  ];
  check(fc.tuple(fc.nat(2), mutations), ([at, changes]) => {
    const text = mutated(lines[at] as string, changes);
    return [parseClientLine(text), parseLine(text), parseSummary(text), parseTraceLine(text)];
  });
  check(
    fc.oneof(
      fc.string(),
      fc.string().map((text) => `{${text}`),
    ),
    (text) => {
      return [parseClientLine(text), parseLine(text), parseSummary(text), parseTraceLine(text)];
    },
  );
});

it('messages of agents', { timeout }, () => {
  const lines = read('test', 'fixtures', 'journal-v1.ndjson').trimEnd().split('\n');
  const reply = JSON.stringify({ id: 1, ok: true, answer: { counters: {}, tw: 1, states: null, smallFinWait2: 0 } });
  check(fc.tuple(fc.nat(lines.length), mutations), ([at, changes]) => {
    const message: unknown = JSON.parse(mutated(lines[at] ?? reply, changes));
    AgentEvent.safeParse(message);
    const answer = AgentReply.safeParse(message);
    const value = answer.success && answer.data.ok ? answer.data.answer : message;
    for (const kind of Object.values(requests)) kind.answer.safeParse(value);
  });
});

it('files of /proc', { timeout }, () => {
  const files = ['snmp', 'netstat', 'sockstat', 'tcp'].map((name) =>
    read('test', 'fixtures', `proc-net-${name}-6.18.txt`),
  );
  const change = fc.tuple(
    fc.nat(),
    fc.constantFrom('drop', 'double', 'set', 'cut'),
    fc.constantFrom('-1', '99999999999999999999', '', 'x', '0x', '__proto__', ':', '\n'),
  );
  check(fc.tuple(fc.nat(files.length - 1), fc.array(change, { minLength: 1, maxLength: 5 })), ([at, changes]) => {
    let words = (files[at] as string).split(/(?<=\s)/);
    for (const [where, how, value] of changes) {
      const place = where % words.length;
      if (how === 'cut') words = words.slice(0, place + 1);
      else
        words.splice(
          place,
          1,
          ...(how === 'drop' ? [] : how === 'double' ? [words[place] ?? '', words[place] ?? ''] : [value]),
        );
      if (words.length === 0) words = [''];
    }
    const text = words.join('');
    // A parser may refuse a file, by its name.
    const orRefused = <T>(parse: (text: string) => T): T | null => {
      try {
        return parse(text);
      } catch (error) {
        expect(String(error)).toMatch(/^Error: .*\/proc\//);
        return null;
      }
    };
    const rows = orRefused(parseProcNetTcp) ?? [];
    const counts = [...rows, orRefused(parseMib) ?? {}, orRefused(parseSockstat) ?? {}].flatMap((one) =>
      Object.values(one),
    );
    expect(counts.filter((count) => Number.isNaN(count))).toEqual([]);
    orRefused(parseTcp6InUse);
    orRefused(parseSsStates);
    orRefused(parseConntrackStates);
    for (const parse of [parsePressure, parseStolenMs, parseRunnable]) orRefused(parse);
  });
});
