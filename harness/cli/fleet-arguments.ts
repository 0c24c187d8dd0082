import { readFileSync } from 'node:fs';
import { causeText, type ValidationIssue, validationError } from '../model/errors.ts';
import { parseYaml } from '../model/yaml.ts';
import { type Fleet, readFleet, readHostsFile } from '../runtime/swarm/hosts.ts';

/** Options of every command that knows a fleet, as given. */
export interface FleetOptions {
  hosts?: string | undefined;
  place?: string | undefined;
  insecureTcp?: boolean | undefined;
}

/** The hosts that --hosts names (a list, or a YAML or JSON file), or the environment; `null`: none. */
export function fleetOf(
  { hosts = process.env.TIMEWAIT_LAB_HOSTS, place, insecureTcp }: FleetOptions,
  issues: ValidationIssue[],
): Fleet | null {
  if (hosts === undefined || hosts === '') {
    if (place !== undefined) {
      const hint = 'add --hosts NAME=ADDRESS,NAME=ADDRESS';
      issues.push({ field: '--place', message: '--place requires hosts', hint });
    }
    return null;
  }
  if (!/\.(ya?ml|json)$/.test(hosts)) {
    const read = readFleet({ hosts, place, insecureTcp });
    issues.push(...read.issues);
    return read.fleet;
  }
  const read = readFile(hosts, insecureTcp);
  issues.push(...read.issues);
  if (place === undefined) return read.fleet;
  // The command line's placement wins; its hosts are the file's.
  const list = read.fleet.hosts.map(({ name, address }) => `${name}=${address}`).join(',');
  const placed = readFleet({ hosts: list === '' ? 'none=none,no=no' : list, place, insecureTcp });
  if (list !== '') issues.push(...placed.issues.filter(({ field }) => field === '--place'));
  return { hosts: read.fleet.hosts, place: { ...read.fleet.place, ...placed.fleet.place } };
}

/** The fleet of a command that does nothing else with its arguments. Errors: exit code 2. */
export function fleetOrThrow(options: FleetOptions): Fleet | null {
  const issues: ValidationIssue[] = [];
  const fleet = fleetOf(options, issues);
  if (issues.length > 0) throw validationError(issues);
  return fleet;
}

function readFile(file: string, insecureTcp: boolean | undefined): ReturnType<typeof readFleet> {
  try {
    return readHostsFile(parseYaml(readFileSync(file, 'utf8')), file, insecureTcp);
  } catch (error) {
    const issue = { field: '--hosts', message: `${file} cannot be read: ${causeText(error)}`, hint: 'docs/fleet.md' };
    return { fleet: { hosts: [], place: {} }, issues: [issue] };
  }
}
