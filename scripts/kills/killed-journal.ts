import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { JournalLine } from '../../harness/model/journal.ts';

export interface KilledJournal {
  /** The run's id; `null`: it was killed before its journal began. */
  run: string | null;
  phase: string;
  /** Age of the last sample at the kill; `null`: not killed during the load. */
  lostMs: number | null;
}

const none: KilledJournal = { run: null, phase: 'before the journal', lostMs: null };

/** What the journal of a run that was killed at `killedAt` (ms since 1970) has. */
export function killedJournal(out: string, killedAt: number, isWhole: boolean): KilledJournal {
  const file = join(out, 'journal.ndjson');
  if (!existsSync(file)) return none;
  const lines = readFileSync(file, 'utf8')
    .split('\n')
    .slice(0, -1)
    .map((text) => JSON.parse(text) as JournalLine);
  const [first] = lines;
  if (first?.type !== 'run') return none;
  const last = lines.findLast((line) => line.type === 'sample');
  const phase = isWhole
    ? 'after its end'
    : lines.some(({ type }) => type === 'load-end')
      ? 'after the load'
      : last !== undefined
        ? 'in the load'
        : 'in set-up';
  const lostMs = phase === 'in the load' && last ? killedAt - Date.parse(first.startedAt) - last.t : null;
  return { run: first.id, phase, lostMs };
}
