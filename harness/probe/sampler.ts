import type { AgentMeasurement, SamplerRates } from '../model/protocol.ts';
import { monotonicMs } from './clock.ts';
import { LifetimeWatch } from './lifetimes.ts';
import { readConntrackCount } from './readings.ts';
import { readSlab, slabGauges } from './slab.ts';
import { readConntrackStates, readPortUse, readQuick, readStates, readTw } from './stack-reader.ts';
import { startTicker } from './ticker.ts';

export interface Sampler {
  /** Tells the lifetime watch when a connection was closed; `null` where nothing is watched. */
  connectionClosed: ((localPort: number, at: number) => void) | null;
  stop(): void;
}

/** Samples this process's stack until stopped. Every event says what it cost. */
export function startSampler(rates: SamplerRates, emit: (event: AgentMeasurement) => void): Sampler {
  const tickers = [
    startTicker(rates.samplesHz, ({ lateMs, missed }) => {
      const t = monotonicMs();
      const reading = readQuick();
      emit({ type: 'sample', t, ...reading, costMs: round(monotonicMs() - t), lateMs: round(lateMs), missed });
    }),
  ];
  if (rates.statesHz > 0) {
    const read = sparingly(readTw, 0.002, 5000, async () => {
      const t = monotonicMs();
      const reading = await readStates();
      if (reading !== null) emit({ type: 'states', t, ...reading, costMs: round(monotonicMs() - t) });
    });
    tickers.push(startTicker(rates.statesHz, read));
  }
  if (rates.portsHz > 0) {
    const read = sparingly(readTw, 0.05, 5000, async () => {
      const t = monotonicMs();
      const use = readPortUse();
      if (use !== null) emit({ type: 'ports', t, ...use, costMs: round(monotonicMs() - t) });
    });
    tickers.push(startTicker(rates.portsHz, read));
  }
  if (rates.conntrackHz > 0) {
    const read = sparingly(
      () => readConntrackCount() ?? 0,
      0.01,
      10_000,
      async () => {
        const t = monotonicMs();
        const states = await readConntrackStates();
        if (states !== null) emit({ type: 'conntrack', t, states, costMs: round(monotonicMs() - t) });
      },
    );
    tickers.push(startTicker(rates.conntrackHz, read));
  }
  const before = rates.slabHz > 0 ? readSlab() : null;
  if (before !== null) {
    tickers.push(
      startTicker(rates.slabHz, () => {
        const now = readSlab();
        if (now !== null) emit({ type: 'gauge', t: monotonicMs(), values: slabGauges(before, now, readTw()) });
      }),
    );
  }
  const watch = rates.watchLifetimesHz > 0 ? new LifetimeWatch(rates.watchLifetimesHz, emit) : null;
  return {
    connectionClosed: watch === null ? null : (localPort, at) => watch.closed(localPort, at),
    stop() {
      for (const ticker of tickers) ticker.stop();
      watch?.stop();
    },
  };
}

/** Up to so many entries a dump costs little, and a short run wants each one. */
const few = 10_000;

/**
 * Leaves ticks out, with many `entries` to walk over, so that dumps take no more than `share` of the time; but there is
 * one every `mostGapMs` at least. Their cost grows with the number of entries, and the sampler's must not.
 */
function sparingly(
  entries: () => number,
  share: number,
  mostGapMs: number,
  dump: () => Promise<void>,
): () => Promise<void> {
  let notBefore = 0;
  return async () => {
    const t = monotonicMs();
    if (t < notBefore) return;
    await dump();
    notBefore = entries() <= few ? 0 : t + Math.min(mostGapMs, (monotonicMs() - t) / share);
  };
}

function round(ms: number): number {
  return Math.round(ms * 1000) / 1000;
}
