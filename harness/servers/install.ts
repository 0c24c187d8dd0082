import type { Requirement } from '../model/scenario.ts';

/** Debian packages of what a scenario may require. */
export const packagesOf: Readonly<Record<Requirement, readonly string[]>> = {
  nft: ['nftables'],
  conntrack: ['conntrack'],
  wrk: ['wrk'],
  tomcat: ['tomcat10', 'default-jre-headless'],
  nginx: ['nginx-light'],
  redis: ['redis-server'],
  mariadb: ['mariadb-server'],
  go: ['golang-go', 'golang-github-go-sql-driver-mysql-dev'],
  slabinfo: [],
};

/** The line that installs them all, for a hint. */
export function installLine(requirements: Iterable<Requirement>): string {
  const packages = [...new Set([...requirements].flatMap((one) => packagesOf[one]))];
  return `apt-get update && apt-get install -y --no-install-recommends ${packages.join(' ')}`;
}
