import { ledgerCounters } from '../../harness/analysis/cell/ledger.ts';
import { type JournalLine, journalVersion } from '../../harness/model/journal.ts';
import { sampleJournal } from './journal.ts';
import { samplePlan } from './plan.ts';
import { sampleReport } from './report.ts';

const zero = Object.fromEntries(ledgerCounters.map((name) => [name, 0]));

/** A whole journal of one measured cell of short-conn, 2.5 s long; its counts balance. */
export function sampleRunLines(id = 'short-conn/tw-reuse-0/1'): JournalLine[] {
  const at = { cell: id };
  // An engine's last interval has nothing in flight.
  const load = [...sampleJournal(id, { seconds: 2.5 })].map((line) =>
    line.type === 'load' ? { ...line, inFlight: 0 } : line,
  );
  const opened = load.reduce((sum, line) => sum + (line.type === 'load' ? line.completed : 0), 0);
  const snapshots = (name: 'begin' | 'end', t: number, count: number): JournalLine[] =>
    ['client', 'server'].map((role) => {
      const own = role === 'client' ? count : 0;
      const counters = { ...zero, 'Tcp.ActiveOpens': own, 'Tcp.PassiveOpens': count - own, 'TcpExt.TW': own };
      return { type: 'snapshot', t, ...at, role, at: name, counters, tw: own, states: {}, smallFinWait2: 0 };
    });
  const settings = { namespace: 'none', pid: null, inspect: '', effective: {}, requested: {} };
  return [
    {
      type: 'run',
      journalVersion,
      id: 'sample',
      startedAt: '2026-01-01T00:00:00.000Z',
      command: ['short-conn'],
      gitSha: null,
      form: 'quick',
      host: sampleReport().host,
      cells: [id],
    },
    { type: 'cell', t: 0, ...at, plan: samplePlan(id) },
    { type: 'peer', t: 1, ...at, role: 'client', ...settings },
    { type: 'peer', t: 1, ...at, role: 'server', ...settings },
    ...snapshots('begin', 2, 0),
    ...load,
    ...snapshots('end', 3000, opened),
    { type: 'cell-end', t: 3100, ...at, state: 'measured', setupMs: 200, teardownMs: 10 },
    { type: 'run-end', t: 3200, interrupted: false },
  ];
}
