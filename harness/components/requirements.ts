import type { Requirement, Scenario } from '../model/scenario.ts';
import { installLine, packagesOf } from '../servers/install.ts';

/** What a requirement is on a plain Debian machine; the packages that bring it are in servers/install.ts. */
export interface Component {
  /** One of them must be on the PATH (or in /usr/sbin). */
  programs: readonly string[];
  /** Files that must be there besides, for libraries without a program. */
  files?: readonly string[];
  /** In place of the install line, where no package mends it. */
  hint?: string;
}

export const components: Readonly<Record<Requirement, Component>> = {
  nft: { programs: ['nft'] },
  conntrack: { programs: ['conntrack'] },
  wrk: { programs: ['wrk'] },
  tomcat: {
    programs: ['java'],
    files: ['/usr/share/tomcat10/bin/catalina.sh'],
  },
  nginx: { programs: ['nginx'] },
  redis: { programs: ['redis-server'] },
  mariadb: { programs: ['mariadbd', 'mysqld'] },
  go: {
    programs: ['go'],
    files: ['/usr/share/gocode/src/github.com/go-sql-driver/mysql'],
  },
  slabinfo: {
    programs: [],
    files: ['/sys/kernel/slab/tw_sock_TCP/slabs'],
    hint: 'run as root: the kernel shows its slabs to root alone (/sys/kernel/slab)',
  },
};

/** Everything that a scenario needs besides the kernel: what it says, and what its own ruleset needs. */
export function requirementsOf(scenario: Scenario): Requirement[] {
  const filters = Object.values(scenario.peers).some((peer) => peer.nftables !== undefined);
  return [...new Set([...scenario.requires, ...(filters ? (['nft'] as const) : [])])];
}

/** Why a scenario cannot run here, and the line that mends it; `null`: all is there. Pure. */
export function missingComponents(
  scenario: Scenario,
  present: ReadonlySet<Requirement>,
): { reason: string; hint: string } | null {
  const missing = requirementsOf(scenario).filter((requirement) => !present.has(requirement));
  if (missing.length === 0) return null;
  const installable = missing.filter((requirement) => packagesOf[requirement].length > 0);
  const hints = missing.flatMap((requirement) => components[requirement].hint ?? []);
  if (installable.length > 0) hints.unshift(installLine(installable));
  return { reason: `not on this machine: ${missing.join(', ')}`, hint: hints.join('; ') };
}
