import type { Family } from '../model/address.ts';
import type { Profile } from '../model/scenario.ts';

/** What the command line changes in every scenario. */
export interface Overrides {
  durationMs?: number;
  /** `max`: closed loop, as fast as it goes. */
  rate?: number | 'max';
  /** Open loops are slowed down to this rate of all load peers together, and last longer accordingly. */
  maxRate?: number;
  engine?: string;
  /** Program and arguments of a client of the user's own: the engine `program`. */
  clientCommand?: string;
  /** The program's failed connect() and bind() calls are traced. */
  traceErrors?: boolean;
  threads?: number;
  /** Internet protocol of all links. */
  family?: Family;
  /** An image of the user makes the load (withClientImage). */
  hasClientImage?: boolean;
  /** The option that replaced servers: `--server-cmd` or `--server-image`. */
  serverFrom?: string;
  /** Set under every profile; by role, or `all`. */
  sysctls: Profile['sysctls'];
}
