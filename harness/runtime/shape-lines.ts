import type { CellPlan, PeerPlan } from '../model/cell.ts';
import type { LinkShape } from '../model/link.ts';
import type { QdiscKind } from '../plan/link-skip.ts';

/** Packets that netem holds while they are delayed; its default of 1,000 would drop what only waits. */
const delayedPackets = 100_000;
/** What may wait for its turn at a limited rate, ms: more is dropped, as by the queue of a router. */
const queueMs = 100;
/** tbf's bucket must hold what is sent between two ticks of the slowest usual clock, and a few full packets. */
const ticksPerSec = 100;
const leastBurstBytes = 10_000;

/** `tc` lines (for `tc -batch -`) that shape what a peer sends on its links: with both ends, both directions. */
export function shapeLines(plan: CellPlan, peer: PeerPlan): string[] {
  return plan.links.flatMap(({ shape, ends }) =>
    shape === undefined
      ? []
      : ends.filter((end) => end.role === peer.role).flatMap((end) => qdiscLines(shape, end.interface)),
  );
}

function qdiscLines({ delayMs, lossPercent, rateMbit }: LinkShape, device: string): string[] {
  const delays = delayMs !== undefined || lossPercent !== undefined;
  const lines: string[] = [];
  if (delays) {
    const delay = delayMs === undefined ? '' : ` delay ${delayMs}ms`;
    const loss = lossPercent === undefined ? '' : ` loss random ${lossPercent}%`;
    lines.push(`qdisc add dev ${device} root handle 1: netem limit ${delayedPackets}${delay}${loss}`);
  }
  if (rateMbit !== undefined) {
    const bytesPerSec = (rateMbit * 1e6) / 8;
    const burst = Math.ceil(Math.max(leastBurstBytes, bytesPerSec / ticksPerSec));
    const at = delays ? 'parent 1:1 handle 10:' : 'root handle 1:';
    lines.push(`qdisc add dev ${device} ${at} tbf rate ${rateMbit}mbit burst ${burst}b latency ${queueMs}ms`);
  }
  return lines;
}

/** Arguments of `tc` that add a qdisc to the `lo` of a namespace of its own: they fail where the kernel lacks its module. */
export function probeArguments(kind: QdiscKind): string[] {
  const parameters = { netem: ['delay', '1ms'], tbf: ['rate', '1mbit', 'burst', '10kb', 'latency', '50ms'] };
  return ['qdisc', 'add', 'dev', 'lo', 'root', kind, ...parameters[kind]];
}
