import { expect, it } from 'vitest';
import { profiles } from '../../../scenarios/profiles.ts';
import { scenarios } from '../../../scenarios/registry.ts';
import { engineTraitsNamed } from '../../load/traits.ts';
import type { JournalLine } from '../../model/journal.ts';
import { plan } from '../../plan/plan.ts';
import { serverTraitsNamed } from '../../servers/traits.ts';
import { RunCollector } from './collect.ts';
import { cpuUses, engineFacts, loadedServers } from './facts.ts';

const planned = plan({
  ...{ scenarios: [...scenarios], profiles, repetitions: 1, form: 'full' },
  ...{ overrides: { sysctls: {} }, settable: null },
});
/** Engines and servers of the journals without facts; one that came later has recorded its own from the first day. */
const enginesThen = ['churn', 'autocannon', 'wrk', 'program', 'outside'];
const serversThen = ['node-http', 'tomcat', 'nginx', 'go-http', 'redis', 'mariadb', 'image'];
const cells = (planned.ok ? planned.cells : [])
  .filter((cell) => cell.profile === cell.scenario.profiles[0])
  .filter(({ scenario }) => enginesThen.includes(scenario.load.engine))
  .filter(({ peers }) => peers.every(({ serves }) => serves.every(({ server }) => serversThen.includes(server))));

/** What the journal has of a cell's engines and servers, with the facts or as before they were recorded. */
function record(cell: (typeof cells)[number], hasFacts: boolean) {
  const collector = new RunCollector();
  const lines: JournalLine[] = [{ type: 'cell', t: 0, cell: cell.id, plan: cell }];
  for (const { role, kind, serves } of cell.peers) {
    for (const spec of serves) {
      const facts = serverTraitsNamed(spec.server)?.facts(spec);
      const server = { server: spec.server, version: null, closes: '', ...(hasFacts && facts && { facts }) };
      lines.push({ type: 'server', t: 0, cell: cell.id, role, ...server });
    }
    const { load } = cell.scenario;
    const facts = engineTraitsNamed(load.engine)?.facts(load);
    if (hasFacts && facts && kind === load.from) {
      lines.push({ type: 'engine', t: 0, cell: cell.id, role, engine: load.engine, facts });
    }
  }
  for (const line of lines) collector.add(line);
  const made = collector.cell(cell.id);
  if (made === undefined) throw new Error(cell.id);
  return made;
}

it.each(cells.map((cell) => [cell.id, cell] as const))('%s: a journal without facts reads as it did', (_, cell) => {
  const [now, before] = [record(cell, true), record(cell, false)];
  expect({ ...engineFacts(before), cpu: {} }).toEqual({ ...engineFacts(now), cpu: {} });
  expect(loadedServers(before).map((one) => one.closesAfterClient)).toEqual(
    loadedServers(now).map((one) => one.closesAfterClient),
  );
  for (const { role } of cell.peers) {
    // A name without an entry may use all cores, such as `client` of a program; kernel parts were not read then.
    const capped = (record_: typeof now) =>
      Object.entries(cpuUses(record_, role)).filter(([, use]) => use !== 'all' && use !== 'kernel-part');
    expect(capped(before)).toEqual(capped(now));
  }
});
