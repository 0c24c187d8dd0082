import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { sampleReport } from '../../test/samples/report.ts';
import { metricFamilies } from './metrics.ts';
import { LoadReport, Measurement, PeerReport, Report } from './report.ts';

const docs = readFileSync(new URL('../../docs/report.md', import.meta.url), 'utf8');

function hasJq(): boolean {
  try {
    execFileSync('jq', ['--version']);
    return true;
  } catch {
    return false;
  }
}

describe('docs/report.md', () => {
  it('lists every metric with its unit, direction and source', () => {
    const lines = docs.split('\n');
    const missing = metricFamilies
      .filter((family) => !family.pattern.includes('.states.'))
      .map(({ pattern, unit, kind, better, source }) => {
        return `| \`${pattern.replaceAll('|', '\\|')}\` | ${unit === '' ? kind : unit} | ${better} | ${source} |`;
      })
      .filter((line) => !lines.includes(line));
    expect(missing).toEqual([]);
  });

  it('has no metric that the registry does not know', () => {
    const table = docs.slice(docs.indexOf('| metric | unit |'), docs.indexOf('## Comparisons over metrics'));
    const patterns = new Set(metricFamilies.map(({ pattern }) => pattern));
    const listed = [...table.matchAll(/^\| `([^`]+)`/gm)].map(([, name = '']) => name.replaceAll('\\|', '|'));
    expect(listed.filter((name) => !patterns.has(name) && !name.includes('<STATE>'))).toEqual([]);
    expect(listed.length).toBeGreaterThan(50);
  });

  it('names every field of report.json', () => {
    const names = [
      Report.shape,
      Report.shape.run.shape,
      Report.shape.host.shape,
      Measurement,
      PeerReport.shape,
      LoadReport.shape,
    ].flatMap(Object.keys);
    for (const name of names) expect(docs, name).toMatch(new RegExp(`\\b${name}\\b`));
  });

  it.skipIf(!hasJq())('its jq example works on a report', () => {
    const [, script] = /```sh\n(.*?)```/s.exec(docs) ?? [];
    const folder = mkdtempSync(join(tmpdir(), 'timewait-lab-jq-'));
    try {
      writeFileSync(join(folder, 'example.sh'), script ?? '');
      writeFileSync(join(folder, 'report.json'), JSON.stringify(sampleReport()));
      const out = execFileSync('sh', [join(folder, 'example.sh'), join(folder, 'report.json')], { encoding: 'utf8' });
      expect(out).toContain(
        'short-conn\ttw-reuse-0\texhausted\t83/s\t1400 EADDRNOTAVAIL\t1000 TIME_WAIT at the client',
      );
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
