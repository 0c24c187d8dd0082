import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { chromium } from 'playwright-core';
import { bench, describe } from 'vitest';
import { compareRuns } from '../harness/analysis/compare/compare.ts';
import { readReport } from '../harness/analysis/journal/read-report.ts';
import { timelineCollector } from '../harness/analysis/journal/timelines.ts';
import { JournalLine } from '../harness/model/journal.ts';
import { exporters } from '../harness/report/exporters.ts';
import { html } from '../harness/report/html/html.ts';
import { reportView } from '../harness/report/view.ts';
import { sampleJournal } from '../test/samples/journal.ts';
import { sampleCell, sampleReport, sampleReuseCell } from '../test/samples/report.ts';

/** Targets: rendering 12 cells of 120 s at 10 Hz <= 2 s; opening it <= 1 s; comparing 500 reports <= 3 s. */
const once = { iterations: 5, warmupIterations: 1, time: 0, warmupTime: 0 };

const cells = Array.from({ length: 12 }, (_, i) =>
  (i % 2 === 0 ? sampleCell : sampleReuseCell)({ id: `cell-${i}`, profile: `profile-${i}` }),
);
const journal = cells.flatMap(({ id }, i) =>
  [...sampleJournal(id, { seconds: 120, hz: 10, reuse: i % 2 === 1 })].map((line) => JSON.stringify(line)),
);

function view() {
  const collector = timelineCollector();
  for (const line of journal) collector.add(JournalLine.parse(JSON.parse(line)));
  return reportView(sampleReport({ cells }), collector.result());
}

describe('12 cells of 120 s at 10 Hz', () => {
  bench('journal to view', () => void view(), once);
  const ready = view();
  for (const exporter of exporters) bench(exporter.format, () => void exporter.render(ready), once);
});

const executablePath = '/usr/bin/chromium';
describe.skipIf(!existsSync(executablePath))('in chromium', () => {
  bench(
    'from start to the first chart drawn, browser start not counted',
    async () => {
      const folder = mkdtempSync(join(tmpdir(), 'timewait-lab-bench-'));
      const file = join(folder, 'report.html');
      writeFileSync(file, html.render(view()));
      const browser = await chromium.launch({ executablePath, args: ['--no-sandbox', '--disable-gpu'] });
      try {
        const page = await browser.newPage();
        const startedAt = performance.now();
        await page.goto(pathToFileURL(file).href);
        await page.locator('.chart').first().scrollIntoViewIfNeeded();
        await page.locator('.chart[data-drawn]').first().waitFor();
        console.log(`opened in ${Math.round(performance.now() - startedAt)} ms`);
      } finally {
        await browser.close();
        rmSync(folder, { recursive: true });
      }
    },
    { ...once, iterations: 2 },
  );
});

describe('compare', () => {
  // As large as a real one: all MIB counters of both peers.
  const counters = Object.fromEntries(Array.from({ length: 350 }, (_, i) => [`TcpExt.Counter${i}`, i]));
  const large = (cell: ReturnType<typeof sampleCell>) => {
    const peers = Object.entries(cell.peers).map(([role, peer]) => [
      role,
      { ...peer, counters: { ...counters, ...peer.counters } },
    ]);
    return { ...cell, peers: Object.fromEntries(peers) };
  };
  const report = sampleReport({ cells: [sampleCell(), sampleReuseCell()].map(large) });
  const texts = Array.from({ length: 500 }, (_, i) =>
    JSON.stringify({ ...report, run: { ...report.run, id: `run-${i}` } }),
  );
  const read = () => texts.map((text, i) => ({ name: `run-${i}`, reports: [readReport(text, `run-${i}`)] }));

  bench('read 500 reports and compare each with the first', () => void compareRuns(read()), once);
  bench(
    'read 500 reports, 499 pooled against the last',
    () => {
      const reports = read().flatMap((run) => run.reports);
      compareRuns([
        { name: 'pool', reports: reports.slice(0, -1) },
        { name: 'last', reports: reports.slice(-1) },
      ]);
    },
    once,
  );
});
