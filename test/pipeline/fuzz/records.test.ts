import fc from 'fast-check';
import { expect, it } from 'vitest';
import { readHistory, trends } from '../../../harness/analysis/compare/history.ts';
import { JournalParser } from '../../../harness/analysis/journal/read-journal.ts';
import { readReport } from '../../../harness/analysis/journal/read-report.ts';
import { compareObservations } from '../../../harness/analysis/observation/compare-observations.ts';
import { readObservation } from '../../../harness/analysis/observation/read-observation.ts';
import { ConsoleReader } from '../../../harness/kernels/console.ts';
import { marker } from '../../../harness/kernels/init-script.ts';
import { plainText } from '../../../harness/model/plain-text.ts';
import { observationMarkdown } from '../../../harness/report/text/observation-markdown.ts';
import { RunReader } from '../../../harness/run/run-reader.ts';
import { sampleObservation } from '../../samples/observation.ts';
import { check, mutated, mutations, printSeed, read, text, timeout } from './cases.ts';

printSeed();

const reportText = read('results', 'sample', 'report.json');
it('report.json', { timeout }, async () => {
  await check(mutations, (changes) => readReport(mutated(reportText, changes), 'report.json'));
  await check(text, (one) => readReport(one, 'report.json'));
});

it('journal lines, and the report of a journal with some', { timeout }, async () => {
  const lines = read('test', 'fixtures', 'journal-v1.ndjson').trimEnd().split('\n');
  await check(fc.array(fc.tuple(fc.nat(lines.length - 1), mutations), { minLength: 1, maxLength: 3 }), (changed) => {
    const broken = new Map(changed.map(([at, changes]) => [at, mutated(lines[at] as string, changes)]));
    const parser = new JournalParser('journal.ndjson');
    const reader = new RunReader();
    for (const [at, line] of lines.entries()) {
      const one = parser.parse(broken.get(at) ?? line);
      if (one.ok) reader.add(one.line);
      else expect(one.message.length).toBeGreaterThan(0);
    }
    return reader.result();
  });
});

it('observation.json, its report, and its comparison', { timeout }, async () => {
  const observation = sampleObservation();
  const good = JSON.stringify(observation);
  await check(mutations, (changes) => {
    const one = readObservation(mutated(good, changes), 'observation.json');
    compareObservations(observation, one);
    return observationMarkdown(one, []);
  });
  await check(text, (one) => readObservation(one, 'observation.json'));
});

it('history.jsonl, and the trends in it', { timeout }, async () => {
  const line = JSON.stringify({
    ...{ historyVersion: 1, run: 'a', startedAt: '2026-11-25T10:00:00Z', gitSha: null, kernel: '6.18.0', cpu: null },
    series: [{ scenario: 'short-conn full', profile: 'baseline', verdict: 'healthy', metrics: { 'load.rate': 5 } }],
  });
  await check(fc.array(mutations, { maxLength: 30 }), (all) => {
    const lines = all.map((changes) => mutated(line, changes));
    return trends(readHistory([line, ...lines, line].join('\n'), 'history.jsonl'));
  });
  await check(text, (one) => readHistory(`${line}\n${one}\n${line}\n`, 'history.jsonl'));
});

it("the console of another kernel's virtual machine", { timeout }, async () => {
  const part = fc.oneof(
    fc.constantFrom(
      marker,
      'booted',
      'ended',
      'failed',
      ' ',
      '\n',
      '\r\n',
      '6.1.0',
      '-1',
      '1e999',
      'NaN',
      '__proto__',
      '\u001b[2J',
    ),
    text,
  );
  await check(fc.array(part, { maxLength: 20 }), (parts) => {
    const reader = new ConsoleReader();
    for (const one of parts) reader.add(one);
    const { booted, ended, notLoaded, failure, tail } = reader.state;
    // Its messages reach the terminal and kernels.json.
    for (const line of [...tail, ...notLoaded, failure ?? '', booted?.release ?? '']) {
      expect(line).toBe(plainText(line));
      expect(line.length).toBeLessThan(1000);
    }
    const numbers = [booted?.uptimeSec, ended?.code, ended?.uptimeSec].filter((one) => one !== undefined);
    expect(numbers.every(Number.isFinite)).toBe(true);
    expect(notLoaded.length).toBeLessThan(1000);
  });
});
