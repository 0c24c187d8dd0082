import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { JournalParser } from '../../harness/analysis/journal/read-journal.ts';
import { readReport } from '../../harness/analysis/journal/read-report.ts';
import { exporters } from '../../harness/report/exporters.ts';
import { renderTerminal } from '../../harness/report/text/terminal.ts';
import { verdictLine } from '../../harness/report/text/verdict-line.ts';
import { RunReader } from '../../harness/run/run-reader.ts';

/** A title for the terminal, a colour, a command for a CI log, reversed text, a formula and a link. */
const hostile =
  '\u001b]0;pwn\u0007\u001b[31mRED\r\n::error::pwned\n\u202e\u009b31m=1+1 http://evil.example www.evil.example';
const journal = readFileSync(new URL('../../results/sample/journal.ndjson', import.meta.url), 'utf8');

/** Puts a text wherever a journal has one that others decide on. */
function poisoned(text: string): string {
  const inJson = JSON.stringify(text).slice(1, -1);
  return journal
    .replaceAll('"EADDRNOTAVAIL"', `"${inJson}"`)
    .replace(/"kernel":"[^"]*"/g, `"kernel":"${inJson}"`)
    .replace(/"cpu":"[^"]*"/g, `"cpu":"${inJson}"`)
    .replace(/"node":"[^"]*"/g, `"${inJson}":"${inJson}"`)
    .replace(/"title":"[^"]*"/g, `"title":"${inJson}"`)
    .replace(/"blindSpots":\[\]/g, `"blindSpots":["${inJson}"]`);
}

function viewOf(text: string) {
  const reader = new RunReader();
  const parser = new JournalParser('journal.ndjson');
  for (const one of text.trim().split('\n')) {
    const read = parser.parse(one);
    if (!read.ok) throw new Error(read.message);
    reader.add(read.line);
  }
  return reader.result();
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: what may not come through
const acting = /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u2028-\u202e\u2066-\u2069]/;

const { report, view } = viewOf(poisoned(hostile));

it.for(
  exporters.map((exporter) => [exporter.format, exporter] as const),
)('no control character of a journal reaches the %s report', ([format, { render }]) => {
  const text = render(view);
  // RFC 4180 ends lines with CR LF.
  expect(format === 'csv' ? text.replaceAll('\r\n', '\n') : text).not.toMatch(acting);
  expect(text).not.toMatch(/^::/m);
});

it('nor the terminal, nor the line with the verdict of a cell', () => {
  for (const text of [renderTerminal(view, { colour: false }), ...report.cells.map((cell) => verdictLine(cell))]) {
    expect(text).not.toMatch(acting);
    expect(text).not.toMatch(/^::/m);
  }
});

it('nor what is read from a report.json', () => {
  const text = JSON.stringify(report).replaceAll('RED', '\\u001b[31mRED\\n');
  expect(JSON.stringify(readReport(text, 'report.json'))).not.toMatch(/\\u001b|\\n/);
});

it('makes no link of an address in Markdown', () => {
  const markdown = exporters.find(({ format }) => format === 'markdown')?.render(view) ?? '';
  expect(markdown).toContain('http&#58;//evil.example');
  expect(markdown).not.toMatch(/http:\/\/evil|www\.evil/);
});

it('counts an errno that is named like a property of every object', () => {
  const { view: named } = viewOf(poisoned('constructor'));
  const csv = exporters.find(({ format }) => format === 'csv')?.render(named) ?? '';
  const plain = exporters.find(({ format }) => format === 'csv')?.render(viewOf(journal).view) ?? '';
  const failures = (text: string, errno: string) =>
    text.split('\r\n').flatMap((line) => line.split(`load.failuresPerSec.${errno},`)[1] ?? []);
  expect(failures(plain, 'EADDRNOTAVAIL').length).toBeGreaterThan(10);
  expect(failures(csv, 'constructor')).toEqual(failures(plain, 'EADDRNOTAVAIL'));
});
