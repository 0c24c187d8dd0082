import type { LoadResult } from '../model/journal.ts';
import type { AgentMeasurement } from '../model/protocol.ts';

/** Shifts every time that an agent has measured by `offsetMs`, from its own clock to run time. */
export function toRunTime(measured: AgentMeasurement, offsetMs: number): AgentMeasurement;
export function toRunTime(measured: LoadResult, offsetMs: number): LoadResult;
export function toRunTime(measured: AgentMeasurement | LoadResult, offsetMs: number): AgentMeasurement | LoadResult {
  const moved = (at: number) => at + offsetMs;
  if (!('type' in measured)) {
    return {
      ...measured,
      startedAt: moved(measured.startedAt),
      endedAt: moved(measured.endedAt),
      firstFailures: measured.firstFailures.map((failure) => ({ ...failure, at: moved(failure.at) })),
    };
  }
  if (measured.type !== 'lifetimes') return { ...measured, t: moved(measured.t) };
  return {
    ...measured,
    t: moved(measured.t),
    sockets: measured.sockets.map((socket) => ({
      ...socket,
      createdAt: moved(socket.createdAt),
      lastSeenAt: moved(socket.lastSeenAt),
      goneAt: socket.goneAt === null ? null : moved(socket.goneAt),
    })),
  };
}
