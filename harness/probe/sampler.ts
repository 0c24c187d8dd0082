import type { AgentEvent } from '../model/protocol.ts';
import { monotonicMs } from './clock.ts';
import { LifetimeWatch } from './lifetimes.ts';
import { readSlab, slabGauges } from './slab.ts';
import { readConntrackStates, readQuick, readStates, readTw } from './stack-reader.ts';
import { startTicker } from './ticker.ts';

export interface SamplerRates {
  samplesHz: number;
  /** Full state dump; 0: none. */
  statesHz: number;
  /** `conntrack -L`; 0: none. */
  conntrackHz: number;
  /** Per-socket TIME_WAIT watch; 0: none. */
  watchLifetimesHz: number;
  /** Slab memory of TIME_WAIT sockets, machine-wide; 0: none. */
  slabHz: number;
}

export interface Sampler {
  /** Tells the lifetime watch when a connection was closed; `null` where nothing is watched. */
  connectionClosed: ((localPort: number, at: number) => void) | null;
  stop(): void;
}

/** Samples this process's stack until stopped. Every event says what it cost. */
export function startSampler(rates: SamplerRates, emit: (event: AgentEvent) => void): Sampler {
  const tickers = [
    startTicker(rates.samplesHz, ({ lateMs, missed }) => {
      const t = monotonicMs();
      const reading = readQuick();
      emit({ type: 'sample', t, ...reading, costMs: round(monotonicMs() - t), lateMs: round(lateMs), missed });
    }),
  ];
  if (rates.statesHz > 0) {
    tickers.push(
      startTicker(rates.statesHz, async () => {
        const t = monotonicMs();
        const reading = await readStates();
        if (reading !== null) emit({ type: 'states', t, ...reading, costMs: round(monotonicMs() - t) });
      }),
    );
  }
  if (rates.conntrackHz > 0) {
    tickers.push(
      startTicker(rates.conntrackHz, async () => {
        const t = monotonicMs();
        const states = await readConntrackStates();
        if (states !== null) emit({ type: 'conntrack', t, states, costMs: round(monotonicMs() - t) });
      }),
    );
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

function round(ms: number): number {
  return Math.round(ms * 1000) / 1000;
}
