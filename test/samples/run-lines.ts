import { type JournalLine, journalVersion } from '../../harness/model/journal.ts';
import { sampleJournal } from './journal.ts';
import { samplePlan } from './plan.ts';
import { sampleReport } from './report.ts';

/** A whole journal of one measured cell of short-conn, 2.5 s long, with what its report cannot do without. */
export function sampleRunLines(id = 'short-conn/tw-reuse-0/1'): JournalLine[] {
  const { host } = sampleReport();
  const roles = ['client', 'server'];
  const at = { cell: id };
  const peers = roles.flatMap((role): JournalLine[] => [
    { type: 'peer', t: 1, ...at, role, namespace: role, pid: null, inspect: '', effective: {}, requested: {} },
    { type: 'snapshot', t: 2, ...at, role, at: 'begin', counters: {}, tw: 0, states: {}, smallFinWait2: 0 },
  ]);
  const ends = roles.map(
    (role): JournalLine => ({
      ...{ type: 'snapshot', t: 3000, ...at, role, at: 'end', counters: {}, tw: 0, states: {}, smallFinWait2: 0 },
    }),
  );
  return [
    {
      type: 'run',
      journalVersion,
      id: 'sample',
      startedAt: '2026-01-01T00:00:00.000Z',
      command: ['short-conn'],
      gitSha: null,
      form: 'quick',
      host,
      cells: [id],
    },
    { type: 'cell', t: 0, ...at, plan: samplePlan(id) },
    ...peers,
    ...sampleJournal(id, { seconds: 2.5 }),
    ...ends,
    { type: 'cell-end', t: 3100, ...at, state: 'measured', setupMs: 200, teardownMs: 10 },
    { type: 'run-end', t: 3200, interrupted: false },
  ];
}
