import type { MeasuredCell } from '../../model/report.ts';
import type { CellRecord } from '../journal/collect.ts';
import { wheelStepMs } from './time-wait-life.ts';

/** Expiries closer together than this belong to one step of the timer wheel. */
const sameStepMs = 200;

/** How long the watched TIME_WAITs lived, and the steps in which they expired; absent if none expired while watched. */
export function lifetimesOf(cell: CellRecord): MeasuredCell['lifetimes'] {
  const sockets = [...cell.peers.values()].flatMap((peer) => peer.lifetimes);
  const ended = sockets.flatMap((socket) =>
    socket.goneAt === null ? [] : [{ ...socket, goneAt: socket.goneAt, lifeMs: socket.goneAt - socket.createdAt }],
  );
  if (ended.length === 0) return undefined;
  const lives = ended.map((socket) => socket.lifeMs);
  const steps: { atMs: number; count: number }[] = [];
  const origin = Math.min(...ended.map((socket) => socket.createdAt));
  for (const { goneAt } of ended.sort((a, b) => a.goneAt - b.goneAt)) {
    const last = steps.at(-1);
    if (last !== undefined && goneAt - origin - last.atMs < sameStepMs) last.count++;
    else steps.push({ atMs: goneAt - origin, count: 1 });
  }
  const gaps = steps.slice(1).map((step, index) => step.atMs - (steps[index]?.atMs ?? 0));
  return {
    count: ended.length,
    minMs: Math.min(...lives),
    maxMs: Math.max(...lives),
    meanMs: lives.reduce((sum, life) => sum + life, 0) / lives.length,
    resolutionMs: Math.max(...ended.map((socket) => socket.goneAt - socket.lastSeenAt)),
    steps,
    stepMs: gaps.length === 0 ? null : gaps.reduce((sum, gap) => sum + gap, 0) / gaps.length,
  };
}

/** The expiry steps as sentences, with the step of the timer wheel on this kernel. */
export function lifetimeSentences(lifetimes: MeasuredCell['lifetimes'], kernelHz: number | null): string[] {
  if (lifetimes === undefined) return [];
  const { count, minMs, maxMs, meanMs, resolutionMs, steps, stepMs } = lifetimes;
  const seconds = (ms: number) => `${(ms / 1000).toFixed(3)} s`;
  const wheel = kernelHz === null ? '' : ` (timer wheel at HZ=${kernelHz}: ${seconds(wheelStepMs(kernelHz))})`;
  const lives = `${count} watched TIME_WAITs lived ${seconds(minMs)} to ${seconds(maxMs)}, ${seconds(meanMs)} on average, read every ${Math.round(resolutionMs)} ms.`;
  const stairs = steps.map((step) => `${step.count} at ${seconds(step.atMs)}`).join(', ');
  const apart = stepMs === null ? '' : `, ${seconds(stepMs)} apart${wheel}`;
  return [lives, `They expired in ${steps.length} step(s)${apart}: ${stairs}.`];
}
