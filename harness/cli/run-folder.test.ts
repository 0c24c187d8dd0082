import { mkdirSync, mkdtempSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { beforeEach, describe, expect, it } from 'vitest';
import { sampleRunView } from '../../test/samples/run.ts';
import { reportVersion } from '../model/report.ts';
import { runFolderIssues } from './run-folder.ts';
import { writeReports } from './write-reports.ts';

const formats = ['json', 'markdown'];
const view = sampleRunView({}, 2, 2);
let folder = '';
const at = (name: string) => join(folder, name);
const read = (name: string) => readFileSync(at(name), 'utf8');
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'timewait-lab-out-'));
});

describe('a folder for a run', () => {
  it.each([
    ['is not there yet', () => 'new/run'],
    ['is empty', () => ''],
    ['holds other files', () => void writeFileSync(at('notes.txt'), 'mine')],
    ['holds a file that is not going to be written', () => void writeFileSync(at('samples.csv'), 'mine')],
  ])('that %s is fine', async (_, make) => {
    expect(await runFolderIssues(join(folder, make() ?? ''), formats)).toEqual([]);
  });

  it.each([
    ['holds a run', () => writeFileSync(at('journal.ndjson'), ''), /already contains a run/],
    ["holds the user's own report", () => writeFileSync(at('report.md'), 'mine'), /report\.md exists/],
    ['holds a folder of that name', () => mkdirSync(at('report.json')), /report\.json exists/],
    ['holds a dangling link of that name', () => symlinkSync('/nowhere', at('report.md')), /report\.md exists/],
  ])('that %s is rejected', async (_, make, message) => {
    make();
    expect(await runFolderIssues(folder, formats)).toEqual([
      { field: '--out', message: expect.stringMatching(message), hint: 'choose another folder with --out DIR' },
    ]);
  });

  it('that is a file is rejected', async () => {
    writeFileSync(at('file'), '');
    expect(await runFolderIssues(at('file'), formats)).toMatchObject([{ message: `${at('file')} is not a folder` }]);
  });
});

describe('writeReports', () => {
  it('does not overwrite a file created during the run, and leaves no partial file', async () => {
    writeFileSync(at('report.md'), 'mine');
    const written = writeReports(folder, view, { formats, replace: false });
    await expect(written).rejects.toMatchObject({ code: 'OUT_NOT_EMPTY', exitCode: 2 });
    expect(read('report.md')).toBe('mine');
    expect(readdirSync(folder).filter((name) => name.endsWith('.part'))).toEqual([]);
  });

  it("regenerates an earlier run's reports without following links", async () => {
    writeFileSync(at('victim'), 'precious');
    symlinkSync(at('victim'), at('report.md'));
    symlinkSync(at('victim'), at('report.md.part'));
    writeFileSync(at('report.json'), 'old');
    await writeReports(folder, view, { formats, replace: true });
    expect(read('victim')).toBe('precious');
    expect(read('report.md')).toContain('# In quick form: ports run out');
    expect(JSON.parse(read('report.json'))).toMatchObject({ schemaVersion: reportVersion });
  });
});

describe('npm run scenario --out', () => {
  it("rejects a folder with the user's own report.md before anything starts", async () => {
    writeFileSync(at('report.md'), 'mine');
    const args = ['dist/cli.mjs', 'scenario', 'short-conn', '--quick', '--out', folder, '--rate=-1'];
    const { exitCode, stderr } = await execa(process.execPath, args, { reject: false });
    expect(exitCode).toBe(2);
    expect(stderr).toContain('2 problems');
    expect(stderr).toContain(`${at('report.md')} exists and would be overwritten`);
    expect(stderr).not.toContain('runtime');
    expect(readdirSync(folder)).toEqual(['report.md']);
    expect(read('report.md')).toBe('mine');
  });
});
