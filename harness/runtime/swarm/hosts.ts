import * as z from 'zod';
import type { ValidationIssue } from '../../model/errors.ts';
import { shortened } from '../../model/nearest.ts';
import { Role } from '../../model/vocabulary.ts';

/** A Docker host of a fleet, as named: not contacted yet. */
export interface HostAddress {
  /** For people, and for --place. */
  readonly name: string;
  /** `unix://…`, `ssh://…`, `tcp://…`, or the name of a docker context. */
  readonly address: string;
}

/** Which host runs the peers of a role; roles that are not named are placed by default (placement.ts). */
export type Placement = Readonly<Record<string, string>>;

export interface Fleet {
  readonly hosts: readonly HostAddress[];
  readonly place: Placement;
}

const nameForm = /^[a-zA-Z0-9][\w.-]{0,62}$/;

/** A file of hosts: `hosts: {a: ssh://user@machine}`, `place: {client: a}`. */
export const HostsFile = z.strictObject({
  hosts: z.record(z.string().regex(nameForm, 'letters, digits, dots and dashes'), z.string().min(1)),
  place: z.record(Role, z.string()).optional(),
});

/** Arguments as given. */
export interface FleetArguments {
  /** `a=ADDRESS,b=ADDRESS`. */
  hosts: string;
  /** `client=b,server=a`. */
  place?: string | undefined;
  /** Allows tcp:// without TLS, to a loopback address alone. */
  insecureTcp?: boolean | undefined;
}

/** Parses --hosts and --place; every problem at once. */
export function readFleet({ hosts, place, insecureTcp = false }: FleetArguments): {
  fleet: Fleet;
  issues: ValidationIssue[];
} {
  const issues: ValidationIssue[] = [];
  const named = pairs(hosts, '--hosts', 'NAME=ADDRESS,NAME=ADDRESS', issues);
  const { fleet } = checkFleet({ hosts: named, place: [] }, insecureTcp, issues);
  return { fleet: place === undefined ? fleet : placedBy(fleet, place, issues), issues };
}

/** The fleet with the placement of --place, which wins over its own. */
export function placedBy(fleet: Fleet, place: string, issues: ValidationIssue[]): Fleet {
  const given = pairs(place, '--place', 'ROLE=HOST,ROLE=HOST', issues);
  issues.push(...placeIssues(given, fleet.hosts));
  return { ...fleet, place: { ...fleet.place, ...Object.fromEntries(given) } };
}

/** Roles that none of the scenarios has: a placement of theirs would do nothing. `roles`: kinds and single peers. */
export function unusedPlaceIssues({ place }: Fleet, roles: ReadonlySet<string>): ValidationIssue[] {
  return Object.keys(place)
    .filter((role) => Role.safeParse(role).success && !roles.has(role))
    .map((role) => ({
      field: '--place',
      message: `no scenario has a peer '${shortened(role)}'`,
      hint: `peers: ${[...roles].join(', ')}`,
    }));
}

/** The content of a file of hosts, as parsed from YAML or JSON. */
export function readHostsFile(content: unknown, file: string, insecureTcp = false): ReturnType<typeof readFleet> {
  const parsed = HostsFile.safeParse(content);
  if (!parsed.success) {
    const issues = parsed.error.issues.map((issue) => ({
      field: `${file}: ${issue.path.join('.') || 'the file'}`,
      message: issue.message,
      hint: 'hosts: {a: ssh://user@machine, b: …}, and place: {client: b} if wanted',
    }));
    return { fleet: { hosts: [], place: {} }, issues };
  }
  const { hosts, place = {} } = parsed.data;
  return checkFleet({ hosts: Object.entries(hosts), place: Object.entries(place) }, insecureTcp, []);
}

type Pair = [name: string, value: string];

function checkFleet(
  given: { hosts: Pair[]; place: Pair[] },
  insecureTcp: boolean,
  issues: ValidationIssue[],
): ReturnType<typeof readFleet> {
  const hosts = given.hosts.map(([name, address]) => ({ name, address }));
  for (const [index, { name, address }] of hosts.entries()) {
    if (!nameForm.test(name)) {
      issues.push({
        field: '--hosts',
        message: `'${shortened(name)}' is not a host's name`,
        hint: 'letters, digits, dots and dashes',
      });
    }
    if (hosts.findIndex((other) => other.name === name) < index) {
      issues.push({ field: '--hosts', message: `the host '${name}' is named twice`, hint: 'name each host once' });
    } else if (hosts.findIndex((other) => other.address === address) < index) {
      issues.push({
        field: '--hosts',
        message: `'${name}' has the address of another host`,
        hint: 'a daemon is one host',
      });
    }
    const unsafe = unsafeTcp(address, insecureTcp);
    if (unsafe !== null) issues.push({ field: '--hosts', message: `${name}: ${unsafe.message}`, hint: unsafe.hint });
  }
  if (issues.length === 0 && hosts.length < 2) {
    issues.push({ field: '--hosts', message: 'a swarm run needs two hosts or more', hint: 'a=ADDRESS,b=ADDRESS' });
  }
  issues.push(...placeIssues(given.place, hosts));
  return { fleet: { hosts, place: Object.fromEntries(given.place) }, issues };
}

function placeIssues(place: readonly Pair[], hosts: readonly HostAddress[]): ValidationIssue[] {
  const names = hosts.map(({ name }) => name);
  return place.flatMap(([role, host]) => [
    ...(Role.safeParse(role).success
      ? []
      : [{ field: '--place', message: `'${shortened(role)}' is not a role`, hint: 'such as client=b,server=a' }]),
    ...(names.includes(host)
      ? []
      : [{ field: '--place', message: `no host '${shortened(host)}'`, hint: `hosts: ${names.join(', ')}` }]),
  ]);
}

/** Why an address must not be used: whoever speaks to a daemon without TLS is root on its machine, unasked. */
function unsafeTcp(address: string, insecureTcp: boolean): { message: string; hint: string } | null {
  const url = URL.canParse(address) ? new URL(address) : null;
  if (url === null || !['tcp:', 'http:'].includes(url.protocol)) return null;
  if (process.env.DOCKER_TLS_VERIFY) return null;
  const isLoopback = ['localhost', '127.0.0.1', '[::1]'].includes(url.hostname);
  if (insecureTcp && isLoopback) return null;
  return {
    message: `${address} has no TLS${insecureTcp ? ', and is not a loopback address' : ''}`,
    hint: 'use ssh://user@host, a docker context, or DOCKER_TLS_VERIFY=1 with DOCKER_CERT_PATH; --insecure-tcp allows a loopback address',
  };
}

function pairs(text: string, field: string, form: string, issues: ValidationIssue[]): Pair[] {
  const words = text.split(',').filter((word) => word !== '');
  if (words.length === 0) issues.push({ field, message: 'names nothing', hint: form });
  return words.flatMap((word): Pair[] => {
    const at = word.indexOf('=');
    if (at > 0 && at < word.length - 1) return [[word.slice(0, at), word.slice(at + 1)]];
    issues.push({ field, message: `'${shortened(word)}' is not of the form ${form.split(',')[0]}`, hint: form });
    return [];
  });
}
