import { isMeasured, type MeasuredCell } from '../../model/report.ts';
import { isUndecided } from '../../model/vocabulary.ts';
import type { CellRecord, PeerRecord } from '../journal/collect.ts';
import { type CellHost, cellReport } from './cell-report.ts';
import { verdictOf } from './verdict.ts';

/**
 * A running cell as if it ended with its last samples: for gates that end a load early. The ledger is left out,
 * because the peers' samples are not simultaneous. `null`: too early to say.
 */
export function partialCell(cell: CellRecord, host: CellHost): MeasuredCell | null {
  const peers = new Map([...cell.peers].map(([role, peer]) => [role, withLastSample(peer)]));
  const end = {
    type: 'cell-end',
    t: 0,
    cell: cell.plan.id,
    state: 'measured',
    setupMs: null,
    teardownMs: null,
  } as const;
  const report = cellReport({ ...cell, peers, end }, host);
  if (!isMeasured(report)) return null;
  const { verdict } = verdictOf({ ...report, identities: [] });
  // The load is still running: an undecided verdict would be premature.
  return {
    ...report,
    verdict: isUndecided(verdict) ? 'healthy' : verdict,
    ledger: { closes: true, identities: [] },
  } as MeasuredCell;
}

function withLastSample(peer: PeerRecord): PeerRecord {
  const sample = peer.samples.at(-1);
  const tw = sample?.readings.tw ?? null;
  if (peer.begin === null || sample === undefined || tw === null || peer.loadEnd !== null) return peer;
  const states = peer.states.at(-1);
  return {
    ...peer,
    loadEnd: {
      ...peer.begin,
      at: 'load-end',
      t: sample.t,
      counters: { ...peer.begin.counters, ...sample.counters },
      tw,
      states: states?.states ?? null,
      smallFinWait2: states?.smallFinWait2 ?? 0,
    },
  };
}
