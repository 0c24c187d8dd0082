import type { End } from '../analysis/cell/close-sequence.ts';
import { type OneConnection, oneConnection } from '../analysis/cell/one-connection.ts';
import type { MeasuredCell } from '../model/report.ts';

/** Cells whose connections have the same sequence. */
export interface ConnectionGroup {
  /** Names of the cells, each once. */
  names: string[];
  /** Counts added up over the cells. */
  one: OneConnection;
}

/** The different sequences of a scenario's cells, in order of the cells; a cell whose sequence is unknown is in none. */
export function connectionGroups(cells: readonly { name: string; cell: MeasuredCell }[]): ConnectionGroup[] {
  const groups = new Map<string, ConnectionGroup>();
  for (const { name, cell } of cells) {
    const one = oneConnection(cell);
    if (one === null) continue;
    const key = JSON.stringify([one.policy, one.second, one.ends, one.sequence.abbreviated]);
    const group = groups.get(key);
    groups.set(
      key,
      group === undefined
        ? { names: [name], one }
        : { names: [...new Set([...group.names, name])], one: added(group.one, one) },
    );
  }
  return [...groups.values()];
}

function added(a: OneConnection, b: OneConnection): OneConnection {
  const mean = (x: number, y: number) => (x * a.opened + y * b.opened) / (a.opened + b.opened);
  const countedBy = (end: End) => mean(a.counted?.[end] ?? 0, b.counted?.[end] ?? 0);
  return {
    ...a,
    opened: a.opened + b.opened,
    ended: a.ended + b.ended,
    requests: a.requests === null || b.requests === null ? null : mean(a.requests, b.requests),
    counted:
      a.counted === null || b.counted === null
        ? null
        : { opener: countedBy('opener'), acceptor: countedBy('acceptor') },
  };
}
