import type { LinkPlan } from '../model/cell.ts';
import type { LinkShape } from '../model/link.ts';
import type { SkipReason } from '../model/runtime.ts';

/** Queueing disciplines of the kernel that shape links: `netem` delays and drops, `tbf` limits the rate. */
export const qdiscKinds = ['netem', 'tbf'] as const;
export type QdiscKind = (typeof qdiscKinds)[number];

export function qdiscsOf({ delayMs, lossPercent, rateMbit }: LinkShape): QdiscKind[] {
  return [
    ...(delayMs !== undefined || lossPercent !== undefined ? (['netem'] as const) : []),
    ...(rateMbit === undefined ? [] : (['tbf'] as const)),
  ];
}

/** Those that a cell's links need. */
export function qdiscsNeeded(links: readonly LinkPlan[]): QdiscKind[] {
  return [...new Set(links.flatMap(({ shape = {} }) => qdiscsOf(shape)))];
}

/** Why links cannot be shaped by a kernel that has these; `null`: they can, or it is not known. Pure. */
export function linkSkip(
  links: readonly LinkPlan[],
  present: ReadonlySet<string> | null | undefined,
): SkipReason | null {
  const missing = qdiscsNeeded(links).filter((kind) => present != null && !present.has(kind));
  if (missing.length === 0) return null;
  const modules = missing.map((kind) => `sch_${kind}`).join(' and ');
  const what = missing.includes('netem') ? 'delay or drop packets' : 'limit the rate';
  return {
    reason: `this kernel cannot ${what} on a link: it has no ${modules}`,
    hint: `'sudo modprobe ${modules.split(' and ').join(' ')}' loads it where it is installed (Ubuntu: linux-modules-extra-$(uname -r)); kernels for virtual machines often lack it`,
  };
}
