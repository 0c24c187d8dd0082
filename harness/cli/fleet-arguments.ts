import { causeText, type ValidationIssue, validationError } from '../model/errors.ts';
import { parseYaml } from '../model/yaml.ts';
import { type Fleet, placedBy, readFleet, readHostsFile, unusedPlaceIssues } from '../runtime/swarm/hosts.ts';
import { swarmTraits } from '../runtime/swarm/traits.ts';
import { readBounded } from './bounded-file.ts';

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
  return place === undefined ? read.fleet : placedBy(read.fleet, place, issues);
}

/** The fleet of a run; named hosts that it would not use, and roles that no scenario has, are issues. */
export function fleetOfRun(
  options: FleetOptions & { runtime: string },
  roles: ReadonlySet<string>,
  issues: ValidationIssue[],
): Fleet | null {
  const fleet = fleetOf(options, issues);
  if (options.runtime !== swarmTraits.name) {
    const given = options.hosts !== undefined ? '--hosts' : options.place !== undefined ? '--place' : null;
    const message = `is for the runtime ${swarmTraits.name}, and --runtime is ${options.runtime}`;
    if (given !== null) issues.push({ field: given, message, hint: `add --runtime ${swarmTraits.name}` });
  } else if (fleet !== null && roles.size > 0) issues.push(...unusedPlaceIssues(fleet, roles));
  return fleet;
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
    return readHostsFile(parseYaml(readBounded(file).text), file, insecureTcp);
  } catch (error) {
    const issue = { field: '--hosts', message: `${file} cannot be read: ${causeText(error)}`, hint: 'docs/fleet.md' };
    return { fleet: { hosts: [], place: {} }, issues: [issue] };
  }
}
