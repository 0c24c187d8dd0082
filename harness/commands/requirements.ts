import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { engineNamed } from '../load/registry.ts';
import type { CellPlan } from '../model/cell.ts';
import { exitCode, HarnessError } from '../model/errors.ts';
import type { Requirement } from '../model/scenario.ts';
import { installLine } from '../servers/install.ts';
import { serverNamed } from '../servers/registry.ts';

/** Programs, or files, by which a requirement is known to be there. Container images bring their own. */
const signs: Readonly<Record<Requirement, readonly string[]>> = {
  nft: ['nft'],
  conntrack: ['conntrack'],
  wrk: ['wrk'],
  tomcat: ['java', join(process.env.CATALINA_HOME ?? '/usr/share/tomcat10', 'bin/bootstrap.jar')],
  nginx: ['nginx'],
  redis: ['redis-server'],
  mariadb: ['mariadbd'],
  go: ['go'],
};

/** Everything that these cells require: by their scenarios, engines and servers. */
export function requirementsOf(cells: readonly CellPlan[]): Set<Requirement> {
  return new Set(
    cells.flatMap(({ scenario, peers }) => [
      ...scenario.requires,
      ...(engineNamed(scenario.load.engine)?.requires ?? []),
      ...peers.flatMap((peer) => peer.serves.flatMap((spec) => serverNamed(spec.server)?.requires ?? [])),
    ]),
  );
}

/** Errors: MISSING_PROGRAM (exit code 3) with the one line that installs all that is missing. */
export function needInstalled(cells: readonly CellPlan[], isThere: (sign: string) => boolean = isInstalled): void {
  const missing = [...requirementsOf(cells)].filter((one) => !signs[one].every(isThere));
  if (missing.length === 0) return;
  throw new HarnessError('MISSING_PROGRAM', `not installed on this machine: ${missing.join(', ')}`, {
    exitCode: exitCode.unavailable,
    hint: installLine(missing),
  });
}

function isInstalled(sign: string): boolean {
  if (sign.startsWith('/')) return existsSync(sign);
  const folders = `${process.env.PATH ?? ''}:/usr/sbin:/sbin:/usr/bin:/bin`.split(':');
  return folders.some((folder) => folder !== '' && existsSync(join(folder, sign)));
}
