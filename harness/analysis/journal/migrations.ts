import { journalVersion } from '../../model/journal.ts';
import { reportVersion } from '../../model/report.ts';
import { countsApart, scheduleApart } from './schedule-before.ts';
import { isJson, type Json, list, type VersionedFormat } from './versions.ts';

/** Every format change adds a step here and raises the version. */
export const journalFormat: VersionedFormat = {
  name: 'journal',
  versionField: 'journalVersion',
  current: journalVersion,
  migrations: new Map([[1, (line) => scheduleApart(readingsOfSamples(line))]]),
};

export const reportFormat: VersionedFormat = {
  name: 'report',
  versionField: 'schemaVersion',
  current: reportVersion,
  migrations: new Map([[1, kindsAndSources]]),
};

/** Version 2 keeps the values of every tick in `readings`, so that a new one does not change the schema. */
function readingsOfSamples(line: Json): Json {
  if (line.type !== 'sample') return line;
  const { tw, inUse, conntrack, ...rest } = line;
  return { ...rest, readings: { tw, inUse, conntrack } };
}

/**
 * Version 2 records the role of the scenario that each peer plays (`kind`), and whether the figures of each state come
 * from samples or from the slower dumps. Before, client1, client2, … were recognised by their digits alone. Arrivals
 * that were never started no longer count as failures.
 */
function kindsAndSources(report: Json): Json {
  return { ...report, cells: list(report.cells).map(withPeers) };
}

function withPeers(measured: Json): Json {
  const { load } = measured;
  const cell = isJson(load) ? { ...measured, load: { ...load, ...countsApart(load) } } : measured;
  const partial = isJson(cell.partial) ? { partial: withPeers(cell.partial) } : {};
  if (!isJson(cell.peers)) return { ...cell, ...partial };
  const roles = Object.keys(cell.peers);
  const peers = Object.entries(cell.peers).map(([role, peer]) => {
    const { states, ...rest } = peer as Json;
    return [role, { kind: kindByDigits(role, roles), sampled: {}, ...rest, states: withSources(states) }];
  });
  return { ...cell, ...partial, peers: Object.fromEntries(peers) };
}

/** `client` for client1 beside client2; the role itself if it is the only one. */
function kindByDigits(role: string, roles: readonly string[]): string {
  const stem = (name: string) => name.replace(/[0-9]+$/, '');
  const alike = roles.filter((other) => stem(other) === stem(role));
  return alike.length > 1 && !roles.includes(stem(role)) ? stem(role) : role;
}

function withSources(states: unknown): unknown {
  if (!isJson(states)) return states;
  return Object.fromEntries(
    Object.entries(states).map(([state, summary]) => {
      const source = state === 'TIME_WAIT' ? 'samples' : 'dumps';
      return [state, isJson(summary) ? { ...summary, source } : summary];
    }),
  );
}
