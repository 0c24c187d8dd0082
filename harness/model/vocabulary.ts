import * as z from 'zod';
import { sysctlKeyPattern } from './sysctl-key.ts';

/** TCP states as `ss` and the kernel name them. */
export const tcpStates = [
  'ESTABLISHED',
  'SYN_SENT',
  'SYN_RECV',
  'FIN_WAIT1',
  'FIN_WAIT2',
  'TIME_WAIT',
  'CLOSE_WAIT',
  'LAST_ACK',
  'CLOSING',
  'LISTEN',
] as const;
export const TcpState = z.enum(tcpStates);
export type TcpState = z.infer<typeof TcpState>;

/** States of connections that may still end. */
export const openStates = [
  'ESTABLISHED',
  'SYN_SENT',
  'SYN_RECV',
  'FIN_WAIT1',
  'FIN_WAIT2',
  'CLOSE_WAIT',
  'CLOSING',
  'LAST_ACK',
] as const satisfies readonly TcpState[];

/** Who ends a connection and how. */
export const closePolicies = ['client-fin', 'server-fin', 'simultaneous', 'client-rst', 'server-rst', 'leak'] as const;
export const ClosePolicy = z.enum(closePolicies);
export type ClosePolicy = z.infer<typeof ClosePolicy>;

/** Where in a connection's life something failed. */
/**
 * `reuse`: the other side ended a connection that had carried an answer before, and the next request got none: the race
 * between its idle time-out and that request.
 */
export const failurePhases = ['socket', 'bind', 'connect', 'request', 'response', 'reuse', 'close'] as const;
export const FailurePhase = z.enum(failurePhases);
export type FailurePhase = z.infer<typeof FailurePhase>;

/**
 * healthy · degraded (port-search cliff) · exhausted (EADDRNOTAVAIL) · overflow (tcp_max_tw_buckets) · leaking
 * (CLOSE_WAIT or never-closed connections) · inconclusive (the load ended before the predicted exhaustion) · unknown
 * (what would decide it was not read) · invalid (the ledger does not balance) · skipped (cannot run here) · failed (a
 * component failed).
 */
export const verdicts = [
  'healthy',
  'degraded',
  'exhausted',
  'overflow',
  'leaking',
  'inconclusive',
  'unknown',
  'invalid',
  'skipped',
  'failed',
] as const;
export const Verdict = z.enum(verdicts);
export type Verdict = z.infer<typeof Verdict>;

/** The cell was measured but does not show its verdict: a comparison with the other verdicts is unknown. */
export function isUndecided(verdict: unknown): boolean {
  return verdict === 'inconclusive' || verdict === 'unknown';
}

/** Open set: the runtimes are listed in harness/runtime/registry.ts. */
export const RuntimeName = z.string().regex(/^[a-z][a-z0-9-]*$/, 'lower-case letters, digits and dashes');
export type RuntimeName = z.infer<typeof RuntimeName>;

/** quick: ports and rate scaled down together; full: the real range, longer than one TIME_WAIT. */
export const Form = z.enum(['quick', 'full']);
export type Form = z.infer<typeof Form>;

export const SysctlKey = z.string().regex(sysctlKeyPattern, 'must be a net.* sysctl key such as net.ipv4.tcp_tw_reuse');
/** Values as the kernel prints them, white space folded to single spaces. */
export const Sysctls = z.record(SysctlKey, z.string());
export type Sysctls = z.infer<typeof Sysctls>;

export const Role = z.string().regex(/^[a-z][a-z0-9-]{0,14}$/, 'lower-case letters, digits and dashes, at most 15');
export type Role = z.infer<typeof Role>;
