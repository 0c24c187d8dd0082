import * as z from 'zod';
import { Address } from './address.ts';
import { LinkShape } from './link.ts';
import { ForeignImage, Scenario, ServerSpec } from './scenario.ts';
import { Form, Role, Sysctls } from './vocabulary.ts';

/** A link end: the peer's addresses on it and its interface. */
export const LinkEnd = z.strictObject({
  role: Role,
  interface: z.string(),
  addresses: z.array(Address).min(1),
});

export const LinkPlan = z.strictObject({
  /** Prefix length of the link's subnet; the subnets come from 198.18.0.0/15 (RFC 2544) or 2001:2::/48 (RFC 5180). */
  subnet: z.string(),
  prefixLength: z.int(),
  ends: z.tuple([LinkEnd, LinkEnd]),
  /** Both ends are one peer's `lo`: its connections to itself. */
  isLocal: z.boolean().optional(),
  /** Delay, loss and rate, in both directions; absent: none. */
  shape: LinkShape.optional(),
});
export type LinkPlan = z.infer<typeof LinkPlan>;

export const PeerPlan = z.strictObject({
  role: Role,
  /** The role in the scenario file: `client` for client1, client2, … */
  kind: Role,
  sysctls: Sysctls,
  /** Settings before the quick form scaled them, including kernel defaults; absent: nothing is scaled. */
  unscaled: Sysctls.optional(),
  serves: z.array(ServerSpec),
  image: ForeignImage.optional(),
  forwards: z.boolean(),
  nftables: z.string().optional(),
  /** Next hop for subnets that are not on an own link; `null` where every peer is a neighbour. */
  routes: z.array(z.strictObject({ subnet: z.string(), via: Address })),
});
export type PeerPlan = z.infer<typeof PeerPlan>;

/** One scenario under one profile, one repetition: the unit that runs and is reported. */
export const CellPlan = z.strictObject({
  id: z.string(),
  /** Position in the run, from 0. */
  index: z.int(),
  scenario: Scenario,
  variant: z.string().optional(),
  profile: z.string(),
  repetition: z.int().min(1),
  form: Form,
  peers: z.array(PeerPlan),
  links: z.array(LinkPlan),
  /** Command-line settings that replace the profile's own: `net.ipv4.tcp_fin_timeout=15`. */
  overrides: z.array(z.string()).optional(),
  /**
   * What a reader must know about the plan: settings without effect, what was scaled, which expectations do not apply.
   */
  notes: z.array(z.string()).optional(),
  /** Set where planning already knows that the cell cannot run. */
  skip: z.strictObject({ reason: z.string(), hint: z.string().optional() }).optional(),
});
export type CellPlan = z.infer<typeof CellPlan>;
