import { describe, expect, it } from 'vitest';
import { sampleReport } from '../../../test/samples/report.ts';
import { readReport } from './read-report.ts';

describe('readReport', () => {
  const text = JSON.stringify(sampleReport());
  it('reads what it wrote', () => {
    expect(readReport(text, 'report.json')).toEqual(sampleReport());
  });

  it('names each wrong field with its path', () => {
    const broken = { ...sampleReport(), host: { ...sampleReport().host, cores: 'two' } };
    expect(() => readReport(JSON.stringify(broken), 'report.json')).toThrow(
      expect.objectContaining({
        exitCode: 2,
        issues: [expect.objectContaining({ field: 'report.json: host.cores' })],
      }),
    );
    for (const bad of ['{', '[]', '{}', 'null'])
      expect(() => readReport(bad, 'x')).toThrow(expect.objectContaining({ exitCode: 2 }));
  });
});
