import { readdirSync, readFileSync } from 'node:fs';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { sampleJournal } from '../../test/samples/journal.ts';
import { sampleReport } from '../../test/samples/report.ts';
import { jsonSchemas } from './json-schemas.ts';

const folder = new URL('../../schemas/', import.meta.url);
const committed = (name: string) => JSON.parse(readFileSync(new URL(`${name}.schema.json`, folder), 'utf8')) as object;
const validator = (name: string) => new Ajv2020({ strict: false, validateFormats: false }).compile(committed(name));

describe('schemas/', () => {
  it.each(Object.entries(jsonSchemas()))('%s is current (npm run schema writes it)', (name, schema) => {
    expect(committed(name)).toEqual(JSON.parse(JSON.stringify(schema)));
  });

  it('has no file that nothing writes', () => {
    const names = Object.keys(jsonSchemas()).map((name) => `${name}.schema.json`);
    expect(readdirSync(folder).sort()).toEqual(names.sort());
  });

  it('a report and journal lines are valid, and wrong ones are not', () => {
    const report = validator('report');
    expect(report(JSON.parse(JSON.stringify(sampleReport()))), JSON.stringify(report.errors)).toBe(true);
    expect(report({ ...sampleReport(), schemaVersion: 1 })).toBe(false);
    const line = validator('journal-line');
    for (const written of sampleJournal('a', { seconds: 2 })) {
      expect(line(JSON.parse(JSON.stringify(written))), JSON.stringify(line.errors)).toBe(true);
    }
    expect(line({ type: 'sample' })).toBe(false);
  });

  it('a gates file is valid as people write it', () => {
    const gates = validator('gates');
    expect(gates(parse('gates:\n  - holds: client.timeWait.peak < 10000\n'))).toBe(true);
    expect(gates(parse('gates:\n  - hold: x\n'))).toBe(false);
  });
});
