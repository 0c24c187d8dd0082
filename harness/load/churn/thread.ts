import { parentPort } from 'node:worker_threads';
import { encodeIntoCompressedBase64, type Histogram } from 'hdr-histogram-js';
import type { LoadLatencies } from '../../model/journal.ts';
import { type LatencyName, latencyNames } from '../../model/latency.ts';
import type { Target } from '../../model/protocol.ts';
import type { LoadSpec } from '../../model/scenario.ts';
import type { FailurePhase } from '../../model/vocabulary.ts';
import { kernelThreadId } from '../../probe/busy-clock.ts';
import { monotonicMs } from '../../probe/clock.ts';
import { chooseTransport } from '../../sockets/choose.ts';
import { ChurnClient } from './client.ts';
import { type RecordedCounts, Recorder } from './recorder.ts';
import { ChurnParameters } from './traits.ts';

export interface ChurnThreadInput {
  load: LoadSpec;
  targets: Target[];
  bindTo: string[];
  share: { index: number; of: number };
  intervalMs: number;
  /** Post each of its own close(2) calls; only for few connections. */
  reportsCloses: boolean;
}

/** A thread's counts, for an interval or in total. */
export interface ChurnCounts extends RecordedCounts {
  inFlight: number;
}

export interface ChurnInterval extends ChurnCounts, LoadLatencies {
  at: number;
  intervalMs: number;
  /** Arrivals that are due and not started; `null`: a closed loop. */
  backlog: number | null;
}

export interface ChurnThreadTotals extends ChurnCounts {
  /** `null`: a closed loop. */
  due: number | null;
  firstFailures: { errno: string; phase: FailurePhase; at: number }[];
  histograms: Record<LatencyName, string>;
  transport: string;
  startedAt: number;
  endedAt: number;
}

export type ChurnThreadMessage =
  | { type: 'started'; threadId: number | null }
  | ({ type: 'interval' } & ChurnInterval)
  | { type: 'closed'; localPort: number; at: number }
  | { type: 'totals'; totals: ChurnThreadTotals };

/** Body of a load thread: its own event loop, so that a slow connect() never delays the sampler. */
export async function runChurnThread(input: ChurnThreadInput): Promise<void> {
  const port = parentPort;
  if (port === null) throw new Error('not a worker thread');
  const post = (message: ChurnThreadMessage) => port.postMessage(message);
  const transport = chooseTransport(ChurnParameters.parse(input.load.parameters).transport);
  const recorder = new Recorder();
  post({ type: 'started', threadId: kernelThreadId() });
  const startedAt = monotonicMs();
  const client = new ChurnClient({
    ...input,
    transport,
    recorder,
    onClosed: input.reportsCloses ? (localPort) => post({ type: 'closed', localPort, at: monotonicMs() }) : null,
  });
  port.on('message', (message) => {
    if (message === 'stop') client.stop();
  });
  let last = startedAt;
  const report = () => {
    const at = monotonicMs();
    const { inFlight, backlog } = client.state();
    post({ type: 'interval', at, intervalMs: at - last, ...recorder.take(), inFlight, backlog });
    last = at;
  };
  const timer = setInterval(report, input.intervalMs);
  await client.run();
  clearInterval(timer);
  report();
  const { histograms, ...recorded } = recorder.totalsSoFar();
  const { inFlight, due } = client.state();
  const encoded = Object.fromEntries(
    latencyNames.map((name) => [name, encodeIntoCompressedBase64(histograms[name] as Histogram)]),
  ) as Record<LatencyName, string>;
  post({
    type: 'totals',
    totals: {
      ...recorded,
      ...{ inFlight, due, startedAt, endedAt: monotonicMs() },
      histograms: encoded,
      transport: transport.name,
    },
  });
  // Stays alive: connections that the policy `leak` keeps open end with the peer, not with the load.
  setInterval(() => {}, 1 << 30);
}
