import type { AgentMeasurement, SamplerRates } from '../model/protocol.ts';
import { monotonicMs } from './clock.ts';
import { LifetimeWatch } from './lifetimes.ts';
import { readConntrackCount } from './readings.ts';
import { SettledRecord } from './settled-record.ts';
import { readSlab, slabGauges } from './slab.ts';
import { readConntrackStates, readPortUse, readQuick, readStates, readTw } from './stack-reader.ts';
import { startTicker } from './ticker.ts';

export interface Sampler {
  /** Reports the close of a connection to the lifetime watch; `null` if lifetimes are not watched. */
  connectionClosed: ((localPort: number, at: number) => void) | null;
  stop(): void;
}

/** Samples this process's network namespace until stopped. Every event includes its own cost. */
export function startSampler(rates: SamplerRates, emit: (event: AgentMeasurement) => void): Sampler {
  const dumpStates = sparingly(readTw, 0.002, 5000, async () => {
    const t = monotonicMs();
    const reading = await readStates();
    if (reading !== null) emit({ type: 'states', t, ...reading, costMs: round(monotonicMs() - t) });
  });
  const established = new SettledRecord();
  const tickers = [
    startTicker(rates.samplesHz, ({ lateMs, missed }) => {
      const t = monotonicMs();
      const reading = readQuick();
      emit({ type: 'sample', t, ...reading, costMs: round(monotonicMs() - t), lateMs: round(lateMs), missed });
      // The gauge includes CLOSE_WAIT; only a dump taken at its height says how much of it was ESTABLISHED.
      const isPeak = established.isNew(reading.counters['Tcp.CurrEstab'] ?? 0);
      if (isPeak && rates.statesHz > 0) void dumpStates();
    }),
  ];
  if (rates.statesHz > 0) tickers.push(startTicker(rates.statesHz, dumpStates));
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

/** Up to this many entries a dump is cheap, and a short run needs every one. */
const few = 10_000;

/**
 * Skips calls while a dump runs, and ticks if there are many `entries`, so that dumps take no more than `share` of the
 * time, but dumps at least every `mostGapMs`. The cost of a dump grows with the number of entries; the sampler's must not.
 */
function sparingly(
  entries: () => number,
  share: number,
  mostGapMs: number,
  dump: () => Promise<void>,
): () => Promise<void> {
  let notBefore = 0;
  let isRunning = false;
  return async () => {
    const t = monotonicMs();
    if (isRunning || t < notBefore) return;
    isRunning = true;
    await dump();
    isRunning = false;
    notBefore = entries() <= few ? 0 : t + Math.min(mostGapMs, (monotonicMs() - t) / share);
  };
}

function round(ms: number): number {
  return Math.round(ms * 1000) / 1000;
}
