import { journalVersion } from '../../model/journal.ts';
import { reportVersion } from '../../model/report.ts';
import { countsApart, scheduleApart } from './schedule-before.ts';
import { isJson, type Json, list, type VersionedFormat } from './versions.ts';

/** Every change of a format adds a step here, beside the raised version. */
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

/** Version 2 keeps what is read at every tick in `readings`, so that a new one changes no schema. */
function readingsOfSamples(line: Json): Json {
  if (line.type !== 'sample') return line;
  const { tw, inUse, conntrack, ...rest } = line;
  return { ...rest, readings: { tw, inUse, conntrack } };
}

/**
 * Version 2 says of each peer which role of the scenario it plays (`kind`), and of each state's figures whether they
 * come from samples or from the slower dumps. Until then client1, client2, … were known by their digits alone. Arrivals
 * that were never started are no failures any more.
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

/** `client` for client1 beside client2; the role itself where it stands alone. */
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
