import { expect, it } from 'vitest';
import { scenarios } from '../../scenarios/registry.ts';
import type { Scenario } from '../model/scenario.ts';
import { withMaxRate } from './max-rate.ts';

const named = (name: string) => scenarios.find((scenario) => scenario.name === name) as Scenario;
const arrivals = ({ load }: Scenario) =>
  load.arrival.loop === 'open' ? load.arrival.ratePerSec * load.durationMs : Number.NaN;

it('slows an open loop down and keeps the number of arrivals', () => {
  const { scenario, note } = withMaxRate(named('short-conn'), 500);
  expect(scenario.load.arrival).toMatchObject({ ratePerSec: 500 });
  expect(arrivals(scenario)).toBe(arrivals(named('short-conn')));
  expect(note).toBe('--max-rate: 500/s instead of 2000/s, and 4 times as long');
});

it('counts all load peers together', () => {
  const base = named('short-conn');
  const three = { ...base, peers: { ...base.peers, client: { ...base.peers.client, count: 3 } } } as Scenario;
  expect(withMaxRate(three, 600).scenario.load.arrival).toMatchObject({ ratePerSec: 200 });
});

it('leaves slower loads and closed loops as they are', () => {
  expect(withMaxRate(named('short-conn'), 2000)).toEqual({ scenario: named('short-conn') });
  expect(withMaxRate(named('keep-alive'), 1)).toEqual({ scenario: named('keep-alive') });
});
