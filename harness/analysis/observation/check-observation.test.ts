import { expect, it } from 'vitest';
import { sampleInput, sampleObservation } from '../../../test/samples/observation.ts';
import { HarnessError } from '../../model/errors.ts';
import { observationMetrics } from '../../model/observation-metrics.ts';
import { checkObservation, readObservationGates } from './check-observation.ts';
import { compareObservations, observationHistoryLine } from './compare-observations.ts';
import { makeObservation } from './make-observation.ts';
import { readObservation } from './read-observation.ts';

const issuesOf = (read: () => unknown): string[] => {
  try {
    read();
  } catch (error) {
    if (error instanceof HarnessError)
      return error.issues.map(({ field, message, hint }) => `${field}: ${message} (${hint})`);
    throw error;
  }
  return [];
};

it('holds gates over the metrics of an observation; what never happens holds no gate about its time', () => {
  const gates = readObservationGates(
    [
      'gates:',
      '  - holds: destinations.max.share < 0.6',
      '  - { name: no leak, holds: "processes.max.closeWait == 0 && states.closeWait == 0" }',
      // As for cells: on the way to exhaustion a stack neither has nor lacks any of the decided verdicts.
      '  - holds: verdict != leaking',
      '  - holds: destinations.min.exhaustedInMs > 60000',
      '  - holds: conntrack.share < 0.9',
    ].join('\n'),
    'g.yml',
  );
  const states = checkObservation(gates, sampleObservation()).map(({ state, observed }) => [state, observed]);
  expect(states).toEqual([
    ['held', 'destinations.max.share = 0.5'],
    ['held', 'processes.max.closeWait = 0, states.closeWait = 0'],
    ['broken', 'verdict = inconclusive'],
    ['broken', 'destinations.min.exhaustedInMs = 12.5 s'],
    ['broken', 'conntrack.share was not read'],
  ]);
});

it('rejects gates about cells, with the nearest metric, all at once', () => {
  const text = 'gates:\n  - holds: destinations.max.shore < 1\n  - { holds: timeWait > 1, profiles: [x] }\n';
  expect(issuesOf(() => readObservationGates(text, 'g.yml'))).toEqual([
    'g.yml: gates[0].holds: `destinations.max.shore < 1`: an observation has no metric `destinations.max.shore` (did you mean destinations.max.share?)',
    expect.stringContaining('g.yml: gates[1].holds: `timeWait > 1`: an observation has no metric `timeWait`'),
    'g.yml: gates[1].profiles: an observation has no such thing (leave it out)',
  ]);
});

it('compares before and after: the verdict is judged, figures are shown', () => {
  const after = makeObservation(sampleInput({ after: [], settings: { 'net.ipv4.tcp_tw_reuse': '1' } }));
  const { changes, differing } = compareObservations(sampleObservation(), after);
  expect(differing).toEqual(['net.ipv4.tcp_tw_reuse: 0 → 1']);
  expect(changes.filter(({ outcome }) => outcome === 'improved')).toEqual([
    { metric: 'verdict', before: 'inconclusive', after: 'healthy', outcome: 'improved' },
  ]);
  expect(compareObservations(after, sampleObservation()).changes[0]?.outcome).toBe('regressed');
});

it('is a line of the history', () => {
  const line = observationHistoryLine(sampleObservation());
  expect(line.series[0]).toMatchObject({
    scenario: 'observe container api-7',
    verdict: 'inconclusive',
    metrics: { 'destinations.max.share': 0.5 },
  });
});

it('reads what it wrote, and rejects newer versions and other files', () => {
  const observation = sampleObservation();
  expect(readObservation(JSON.stringify(observation), 'o.json')).toEqual(observation);
  const newer = { ...observation, observationVersion: 2 };
  expect(issuesOf(() => readObservation(JSON.stringify(newer), 'o.json'))).toEqual([
    expect.stringContaining('observation version 2 is newer than this lab'),
  ]);
  expect(issuesOf(() => readObservation('{}', 'o.json'))).toEqual([expect.stringContaining('not an observation')]);
  const metrics = Object.entries(observationMetrics).map(([name, metric]) => [name, metric.read(observation)]);
  expect(metrics.filter(([, value]) => value === undefined || Number.isNaN(value))).toEqual([]);
});
