import { join } from 'node:path';
import type { SkipReason } from '../model/runtime.ts';

/** A program, or a property of the machine, that scenarios, engines or servers need. */
export interface Component {
  /** Each must be on the PATH or in /usr/sbin, or be a readable file if it starts with a slash. */
  signs: readonly string[];
  /** Debian packages that install it; empty: no package does. */
  packages: readonly string[];
  /** The lab's image that contains it, by the name of its Dockerfile in docker/; `none`: only the machine has it. */
  image: 'every' | 'none' | (string & {});
  /** What to do if it is missing, instead of the install command. */
  hint?: string;
}

/** Everything that can be required, by name; to add a program, add an entry here. */
export const components: Readonly<Record<string, Component>> = {
  nft: { signs: ['nft'], packages: ['nftables'], image: 'every' },
  tc: { signs: ['tc'], packages: ['iproute2'], image: 'every' },
  conntrack: { signs: ['conntrack'], packages: ['conntrack'], image: 'every' },
  strace: { signs: ['strace'], packages: ['strace'], image: 'none', hint: 'omit --trace-errors' },
  ab: { signs: ['ab'], packages: ['apache2-utils'], image: 'none' },
  hey: { signs: ['hey'], packages: ['hey'], image: 'none' },
  siege: { signs: ['siege'], packages: ['siege'], image: 'none' },
  wrk: { signs: ['wrk'], packages: ['wrk'], image: 'lab' },
  tomcat: {
    signs: ['java', join(process.env.CATALINA_HOME ?? '/usr/share/tomcat10', 'bin/bootstrap.jar')],
    packages: ['tomcat10', 'default-jre-headless'],
    image: 'tomcat',
  },
  nginx: { signs: ['nginx'], packages: ['nginx-light'], image: 'lab' },
  haproxy: { signs: ['haproxy'], packages: ['haproxy'], image: 'haproxy' },
  'docker-proxy': { signs: ['docker-proxy'], packages: ['docker.io'], image: 'none' },
  redis: { signs: ['redis-server'], packages: ['redis-server'], image: 'redis' },
  mariadb: { signs: ['mariadbd', 'mariadb-install-db'], packages: ['mariadb-server'], image: 'mariadb' },
  go: {
    signs: ['go', '/usr/share/gocode/src/github.com/go-sql-driver/mysql/driver.go'],
    packages: ['golang-go', 'golang-github-go-sql-driver-mysql-dev'],
    image: 'go',
  },
  // Part of the package on a machine; containers have it in an image.
  clients: { signs: [], packages: [], image: 'clients', hint: 'docker/clients/ of the package' },
  python: {
    signs: ['/usr/bin/python3', '/usr/lib/python3/dist-packages/requests/__init__.py'],
    packages: ['python3', 'python3-requests'],
    image: 'clients',
  },
  php: { signs: ['php', '/var/lib/dpkg/info/php-redis.list'], packages: ['php-cli', 'php-redis'], image: 'clients' },
  java: { signs: ['java'], packages: ['default-jre-headless'], image: 'clients' },
  ipv6: {
    signs: ['/proc/net/if_inet6'],
    packages: [],
    image: 'every',
    hint: 'boot a kernel with IPv6 (without ipv6.disable=1), or use --family 4',
  },
  slabinfo: {
    signs: ['/sys/kernel/slab/tw_sock_TCP/slabs'],
    packages: [],
    image: 'none',
    hint: 'run as root: only root can read the slab statistics (/sys/kernel/slab)',
  },
};

/** Components that this image of the lab has. */
export function broughtByImage(image: string): string[] {
  return Object.keys(components).filter((name) => [image, 'every'].includes(components[name]?.image ?? 'none'));
}

/** The command that installs these components, for a hint. Unknown names are left out. */
export function installLine(requirements: Iterable<string>): string {
  const packages = [...new Set([...requirements].flatMap((name) => components[name]?.packages ?? []))];
  return `apt-get update && apt-get install -y --no-install-recommends ${packages.join(' ')}`;
}

/** Why these components are missing if peers use this machine's programs, with a hint on how to install them. */
export function missingOnMachine(requirements: readonly string[]): SkipReason {
  const installable = requirements.filter((name) => (components[name]?.packages.length ?? 0) > 0);
  const hints = requirements.flatMap((name) => components[name]?.hint ?? []);
  if (installable.length > 0) hints.unshift(installLine(installable));
  return { reason: `not installed on this machine: ${requirements.join(', ')}`, hint: hints.join('; ') };
}
