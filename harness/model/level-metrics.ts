import { peerFields as fields, type PeerFamily, row, traits } from './metric-families.ts';
import type { MeasuredCell, PeerReport } from './report.ts';
import { allSampledSeries } from './sampled-series.ts';
import type { TcpState } from './vocabulary.ts';

const badStates: ReadonlySet<TcpState> = new Set(['TIME_WAIT', 'CLOSE_WAIT', 'FIN_WAIT2', 'LAST_ACK', 'CLOSING']);
/** States whose peaks are compared: those that a program leaves behind. TIME_WAIT is compared as `timeWait.peak`. */
const comparedStates: ReadonlySet<TcpState> = new Set(['CLOSE_WAIT', 'FIN_WAIT2']);
/** In the table under another name, or not at all. */
const hiddenStates: ReadonlySet<TcpState> = new Set(['TIME_WAIT', 'LISTEN']);

const sources: Partial<Record<TcpState, string>> = {
  ESTABLISHED: 'snmp Tcp.CurrEstab of every sample, minus CLOSE_WAIT, which it includes',
  TIME_WAIT: 'sockstat "TCP: tw" of every sample',
};

/** `states.CLOSE_WAIT.peak|atEnd|mean`. */
export function stateFamilies(state: TcpState): PeerFamily[] {
  const better = badStates.has(state) ? 'lower' : 'neutral';
  const source = sources[state] ?? 'inet_diag dump, once a second: shorter ones are missed';
  const family = (names: readonly ('peak' | 'atEnd' | 'mean')[], more: Parameters<typeof traits>[4]): PeerFamily => {
    const read = (peer: PeerReport, name: 'peak' | 'atEnd' | 'mean') => peer.states[state]?.[name] ?? null;
    return {
      ...fields(`states.${state}.`, names, traits('level', 'count', better, source, more), read),
      match: new RegExp(`^states\\.(${state})\\.(${names.join('|')})$`),
      exported: { name: 'states', labels: ['state', null] },
      read: (peer, [, name]) => read(peer, name as 'peak'),
    };
  };
  return [
    family(['peak'], {
      compared: comparedStates.has(state) ? { by: 'value', tolerance: 20, minimumEffect: 0.5 } : null,
      row: hiddenStates.has(state) ? null : row(`${state} peak`, { positive: state !== 'ESTABLISHED' }),
    }),
    family(['atEnd', 'mean'], {}),
  ];
}

/** `sampled.inUse.peak|mean|atEnd` of each entry of the table; its peak is used in the table and in compare. */
export const sampledFamilies: readonly PeerFamily[] = allSampledSeries.map((series) => {
  const { name, unit, better, source, row: label, compared } = series;
  const peaks = (cell: MeasuredCell) => Object.keys(cell.peers).map((role) => `${role}.sampled.${name}.peak`);
  const more = {
    row:
      label === undefined
        ? null
        : { label: ([field]: readonly string[]) => (field === 'peak' ? label : null), positive: true },
    compared: compared === undefined ? null : { by: 'value' as const, ...compared, names: peaks },
  };
  return fields(
    `sampled.${name}.`,
    ['peak', 'mean', 'atEnd'],
    traits('level', unit, better, source, more),
    (peer, field) => peer.sampled[name]?.[field] ?? null,
  );
});
