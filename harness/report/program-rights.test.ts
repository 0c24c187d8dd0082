import { expect, it } from 'vitest';
import { sampleReport } from '../../test/samples/report.ts';
import { exporters } from './exporters.ts';
import { programRights } from './program-rights.ts';
import { renderTerminal } from './text/terminal.ts';
import { reportView } from './view.ts';

const asRoot = { uid: null, gid: null, capabilities: 'all' as const, ownProc: false };
const confined = { uid: 65_534, gid: 65_534, capabilities: 'none' as const, ownProc: true };

const viewWith = (programs: typeof asRoot | typeof confined) => {
  const report = sampleReport();
  return reportView({ ...report, host: { ...report.host, programs } }, new Map());
};

it('says in a phrase with which rights programs ran', () => {
  expect(programRights(confined)).toBe('uid 65534, no capabilities, own /proc');
  expect(programRights({ ...confined, uid: null, ownProc: false })).toBe(
    "the lab's user, no capabilities, the machine's /proc",
  );
  expect(programRights(asRoot)).toContain('--as-root');
  expect(programRights(undefined)).toBe('not recorded');
});

it('every report for people says that programs had the rights of the lab', () => {
  for (const [programs, isSaid] of [
    [asRoot, true],
    [confined, false],
  ] as const) {
    const view = viewWith(programs);
    const texts = exporters
      .filter(({ format }) => ['html', 'markdown'].includes(format))
      .map(({ render }) => render(view));
    for (const text of [renderTerminal(view, { colour: false }), ...texts]) {
      expect(text.includes('--as-root')).toBe(isSaid);
    }
  }
});
