import type { Scenario } from '../model/scenario.ts';

/** The longest load that a scenario may have (model/scenario.ts). */
const longestMs = 24 * 3600 * 1000;

/**
 * The scenario with its open loop slowed down to `maxPerSec` arrivals per second, of all load peers together, and its
 * duration extended by the same factor, so that the same number of connections arrive. A closed loop has no rate to
 * slow down, and a slower load stays as it is. Pure.
 */
export function withMaxRate(scenario: Scenario, maxPerSec: number): { scenario: Scenario; note?: string } {
  const { load, peers } = scenario;
  if (load.arrival.loop !== 'open') return { scenario };
  const clients = peers[load.from]?.count ?? 1;
  const factor = (load.arrival.ratePerSec * clients) / maxPerSec;
  if (factor <= 1) return { scenario };
  const ratePerSec = load.arrival.ratePerSec / factor;
  const durationMs = Math.min(longestMs, Math.round(load.durationMs * factor));
  const note = `--max-rate: ${round(ratePerSec)}/s instead of ${round(load.arrival.ratePerSec)}/s, and ${round(factor)} times as long`;
  return { scenario: { ...scenario, load: { ...load, arrival: { ...load.arrival, ratePerSec }, durationMs } }, note };
}

function round(value: number): number {
  return Number(value.toPrecision(3));
}
