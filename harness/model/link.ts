import * as z from 'zod';
import { Role } from './vocabulary.ts';

/** What a link does to each packet, in both directions. An absent field changes nothing. */
export const LinkShape = z.strictObject({
  /** One-way delay, ms: the round trip takes twice as long. */
  delayMs: z.number().positive().max(10_000).optional(),
  /** Share of the packets that are dropped at random, percent, in each direction. */
  lossPercent: z.number().positive().max(100).optional(),
  /** Most that is sent in each direction, Mbit/s, headers included. */
  rateMbit: z.number().positive().max(100_000).optional(),
});
export type LinkShape = z.infer<typeof LinkShape>;

/**
 * A point-to-point link between two roles, or of a role with itself: client and server then share a network stack and
 * talk over its loopback interface.
 */
export const Link = z.union([
  z.tuple([Role, Role]),
  z.strictObject({
    between: z.tuple([Role, Role]),
    ...LinkShape.shape,
    /** For a link of a role with itself: `loopback` (default) is 127.0.0.1, `own` an address of 198.18.0.0/15 on `lo`. */
    address: z.enum(['loopback', 'own']).optional(),
  }),
]);
export type Link = z.infer<typeof Link>;

export interface LinkParts {
  between: readonly [string, string];
  shape: LinkShape;
  address?: 'loopback' | 'own';
}

/** Both notations of a link as one. */
export function linkParts(link: Link): LinkParts {
  if (Array.isArray(link)) return { between: link, shape: {} };
  const { between, address, ...shape } = link;
  return { between, shape, ...(address !== undefined && { address }) };
}

/** Both ends are in one network stack. */
export function isLocal(link: Link): boolean {
  const [a, b] = linkParts(link).between;
  return a === b;
}

/** `20 ms each way, 1 % loss, 10 Mbit/s`; empty: the link is not shaped. */
export function shapeText({ delayMs, lossPercent, rateMbit }: LinkShape): string {
  return [
    ...(delayMs === undefined ? [] : [`${delayMs} ms each way`]),
    ...(lossPercent === undefined ? [] : [`${lossPercent} % loss`]),
    ...(rateMbit === undefined ? [] : [`${rateMbit} Mbit/s`]),
  ].join(', ');
}
