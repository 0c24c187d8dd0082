import { join } from 'node:path';
import { engineNamed } from '../load/registry.ts';
import type { Requirement, Scenario } from '../model/scenario.ts';
import type { RuntimeName } from '../model/vocabulary.ts';
import { installLine, packagesOf } from '../servers/install.ts';
import { serverNamed } from '../servers/registry.ts';

/** Signs of a requirement on a plain Debian machine; the packages that bring it are in servers/install.ts. */
export interface Component {
  /** All of them must be on the PATH (or in /usr/sbin), or, where they begin with a slash, be readable files. */
  signs: readonly string[];
  /** In place of the install line, where no package mends it. */
  hint?: string;
}

export const components: Readonly<Record<Requirement, Component>> = {
  nft: { signs: ['nft'] },
  conntrack: { signs: ['conntrack'] },
  wrk: { signs: ['wrk'] },
  tomcat: { signs: ['java', join(process.env.CATALINA_HOME ?? '/usr/share/tomcat10', 'bin/bootstrap.jar')] },
  nginx: { signs: ['nginx'] },
  redis: { signs: ['redis-server'] },
  mariadb: { signs: ['mariadbd', 'mariadb-install-db'] },
  go: { signs: ['go', '/usr/share/gocode/src/github.com/go-sql-driver/mysql/driver.go'] },
  slabinfo: {
    signs: ['/sys/kernel/slab/tw_sock_TCP/slabs'],
    hint: 'run as root: the kernel shows its slabs to root alone (/sys/kernel/slab)',
  },
};

/** Everything that a scenario needs besides the kernel: what it says, what its engine, servers and rulesets need. */
export function requirementsOf(scenario: Scenario): Requirement[] {
  const peers = Object.keys(scenario.peers).flatMap((kind) => peerRequirements(scenario, kind));
  return [...new Set([...scenario.requires, ...peers])];
}

/** What one peer's servers, ruleset and, where it makes the load, its engine need. */
export function peerRequirements({ peers, load }: Scenario, kind: string): Requirement[] {
  const peer = peers[kind];
  return [
    ...(kind === load.from ? (engineNamed(load.engine)?.requires(load) ?? []) : []),
    ...(peer?.serves.flatMap((spec) => serverNamed(spec.server)?.requires ?? []) ?? []),
    ...(peer?.nftables === undefined ? [] : (['nft'] as const)),
  ];
}

export interface Missing {
  requirements: readonly Requirement[];
  reason: string;
  /** The one line that mends it. */
  hint: string;
}

/** Why a scenario cannot run in a runtime here, and the line that mends it; `null`: all is there. Pure. */
export function missingComponents(
  scenario: Scenario,
  present: ReadonlySet<Requirement>,
  runtime?: RuntimeName,
): Missing | null {
  const requirements = requirementsOf(scenario).filter((requirement) => !present.has(requirement));
  return requirements.length === 0 ? null : missingWords(requirements, runtime);
}

export function missingWords(requirements: readonly Requirement[], runtime?: RuntimeName): Missing {
  if (runtime === 'docker') {
    const isMachines = requirements.some((requirement) => packagesOf[requirement].length === 0);
    const hint = isMachines ? '--runtime netns' : "npm run images (without a registry: '-- --base debootstrap')";
    return { requirements, reason: `no image here brings: ${requirements.join(', ')}`, hint };
  }
  const installable = requirements.filter((requirement) => packagesOf[requirement].length > 0);
  const hints = requirements.flatMap((requirement) => components[requirement].hint ?? []);
  if (installable.length > 0) hints.unshift(installLine(installable));
  return { requirements, reason: `not installed on this machine: ${requirements.join(', ')}`, hint: hints.join('; ') };
}
