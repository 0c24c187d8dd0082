import type { LoadTimeline, Series } from '../../analysis/journal/timelines.ts';

/**
 * The engines of several load peers as one: rates are added, of latencies the highest is taken. Their intervals are
 * not aligned, so every instant of the first takes the nearest interval of the others. `null`: no load.
 */
export function mergeLoads(loads: readonly LoadTimeline[]): LoadTimeline | null {
  const [first, ...others] = loads;
  if (first === undefined || others.length === 0) return first ?? null;
  const indices = others.map((other) => nearestIndices(first.t, other.t));
  const combine = (pick: (load: LoadTimeline) => Series | undefined, join: (a: number, b: number) => number): Series =>
    first.t.map((_, i) => {
      const values = [pick(first)?.[i], ...others.map((other, k) => pick(other)?.[indices[k]?.[i] ?? 0])];
      const read = values.filter((value) => value !== null && value !== undefined);
      return read.length === 0 ? null : read.reduce((a, b) => join(a, b));
    });
  const add = (a: number, b: number) => a + b;
  const errnos = [...new Set(loads.flatMap((load) => Object.keys(load.failuresPerSec)))];
  return {
    t: first.t,
    connectedPerSec: combine((load) => load.connectedPerSec, add),
    answersPerSec: combine((load) => load.answersPerSec, add),
    inFlight: combine((load) => load.inFlight, add),
    backlog: combine((load) => load.backlog, add),
    failuresPerSec: Object.fromEntries(errnos.map((e) => [e, combine((load) => load.failuresPerSec[e], add)])),
    connectCallP50Us: combine((load) => load.connectCallP50Us, Math.max),
    connectCallP99Us: combine((load) => load.connectCallP99Us, Math.max),
    connectLatencyP50Us: combine((load) => load.connectLatencyP50Us, Math.max),
    connectLatencyP99Us: combine((load) => load.connectLatencyP99Us, Math.max),
    requestP50Us: combine((load) => load.requestP50Us, Math.max),
    requestP99Us: combine((load) => load.requestP99Us, Math.max),
  };
}

function nearestIndices(t: readonly number[], of: readonly number[]): number[] {
  let j = 0;
  return t.map((at) => {
    while (j + 1 < of.length && Math.abs((of[j + 1] ?? 0) - at) <= Math.abs((of[j] ?? 0) - at)) j++;
    return j;
  });
}
