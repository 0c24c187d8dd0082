import { join } from 'node:path';
import type { SkipReason } from '../model/runtime.ts';

/** A program that scenarios, engines or servers need, or something else of the machine. */
export interface Component {
  /** All of them must be on the PATH (or in /usr/sbin), or, where they begin with a slash, be readable files. */
  signs: readonly string[];
  /** Debian packages that install it; empty: no package does. */
  packages: readonly string[];
  /** Image of the lab that brings it, by the name of its Dockerfile in docker/; `none`: only the machine has it. */
  image: 'every' | 'none' | (string & {});
  /** What to do where it is missing, in place of the install line. */
  hint?: string;
}

/** Everything that can be required, by name; a new program is one entry here. */
export const components: Readonly<Record<string, Component>> = {
  nft: { signs: ['nft'], packages: ['nftables'], image: 'every' },
  conntrack: { signs: ['conntrack'], packages: ['conntrack'], image: 'every' },
  strace: { signs: ['strace'], packages: ['strace'], image: 'none', hint: 'leave --trace-errors out' },
  wrk: { signs: ['wrk'], packages: ['wrk'], image: 'lab' },
  tomcat: {
    signs: ['java', join(process.env.CATALINA_HOME ?? '/usr/share/tomcat10', 'bin/bootstrap.jar')],
    packages: ['tomcat10', 'default-jre-headless'],
    image: 'tomcat',
  },
  nginx: { signs: ['nginx'], packages: ['nginx-light'], image: 'lab' },
  redis: { signs: ['redis-server'], packages: ['redis-server'], image: 'redis' },
  mariadb: { signs: ['mariadbd', 'mariadb-install-db'], packages: ['mariadb-server'], image: 'mariadb' },
  go: {
    signs: ['go', '/usr/share/gocode/src/github.com/go-sql-driver/mysql/driver.go'],
    packages: ['golang-go', 'golang-github-go-sql-driver-mysql-dev'],
    image: 'go',
  },
  slabinfo: {
    signs: ['/sys/kernel/slab/tw_sock_TCP/slabs'],
    packages: [],
    image: 'none',
    hint: 'run as root: the kernel shows its slabs to root alone (/sys/kernel/slab)',
  },
};

/** Components that this image of the lab has. */
export function broughtByImage(image: string): string[] {
  return Object.keys(components).filter((name) => [image, 'every'].includes(components[name]?.image ?? 'none'));
}

/** The line that installs these components, for a hint. Names that are in no table are left out. */
export function installLine(requirements: Iterable<string>): string {
  const packages = [...new Set([...requirements].flatMap((name) => components[name]?.packages ?? []))];
  return `apt-get update && apt-get install -y --no-install-recommends ${packages.join(' ')}`;
}

/** Why these components are missing where peers use this machine's programs; the hint says how to get them. */
export function missingOnMachine(requirements: readonly string[]): SkipReason {
  const installable = requirements.filter((name) => (components[name]?.packages.length ?? 0) > 0);
  const hints = requirements.flatMap((name) => components[name]?.hint ?? []);
  if (installable.length > 0) hints.unshift(installLine(installable));
  return { reason: `not installed on this machine: ${requirements.join(', ')}`, hint: hints.join('; ') };
}
