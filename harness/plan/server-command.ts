import type { ValidationIssue } from '../model/errors.ts';
import { shortened } from '../model/nearest.ts';
import { Scenario } from '../model/scenario.ts';
import { programIssues } from '../program/command-issues.ts';
import { serverPlaceholders } from '../servers/program/traits.ts';

/** What replaces the servers of a role: `[ROLE=]VALUE`; without a role, those that the load goes to. */
export interface Replacement {
  /** `null`: the role that the load goes to. */
  role: string | null;
  /** A program with its arguments, or an image. */
  value: string;
}

/** Reads `--server-cmd` or `--server-image`. `roles`: of the scenarios that were named; others are part of the value. */
export function readReplacements(
  texts: readonly string[],
  field: string,
  roles: ReadonlySet<string>,
  issues: ValidationIssue[],
): Replacement[] {
  const read = texts.map((text): Replacement => {
    const [, role = '', value = ''] = /^([a-z][a-z0-9-]*)=([\s\S]*)$/.exec(text) ?? [];
    return roles.has(role) ? { role, value } : { role: null, value: text };
  });
  const seen = new Set<string | null>();
  for (const { role, value } of read) {
    const where = role === null ? '' : ` for ${role}`;
    if (seen.has(role))
      issues.push({ field, message: `is given twice${where}`, hint: `once for each role: ${field} ROLE=…` });
    seen.add(role);
    if (value.trim() === '') issues.push({ field, message: `names nothing${where}`, hint: `${field} [ROLE=]…` });
  }
  return read;
}

/** What is wrong with the commands themselves. */
export function serverCommandIssues(replacements: readonly Replacement[], field: string): ValidationIssue[] {
  return replacements
    .filter(({ value }) => value.trim() !== '')
    .flatMap(({ value }) => programIssues(value, field, serverPlaceholders));
}

/** The scenarios that lack a role of a replacement. */
export function missingRoleIssues(
  scenarios: readonly Scenario[],
  replacements: readonly Replacement[],
  field: string,
): ValidationIssue[] {
  return scenarios.flatMap((scenario) =>
    replacements
      .filter(({ role }) => role !== null && scenario.peers[role] === undefined)
      .map(({ role }) => ({
        field,
        message: `${scenario.name} has no peer '${shortened(role ?? '')}'`,
        hint: `its peers: ${Object.keys(scenario.peers).join(', ')}`,
      })),
  );
}

/**
 * The scenario with a program in place of the servers of a role. It keeps their ports, unless `port` is given, and their next
 * hops. `folder`: where it runs.
 */
export function withServerCommand(
  scenario: Scenario,
  { role, value }: Replacement,
  { port, folder }: { port?: number | undefined; folder: string },
): Scenario {
  const kind = role ?? scenario.load.to;
  const peer = scenario.peers[kind];
  const [old] = peer?.serves ?? [];
  return Scenario.parse({
    ...scenario,
    peers: {
      ...scenario.peers,
      [kind]: {
        ...peer,
        serves: [
          {
            server: 'program',
            ports: port === undefined ? (old?.ports ?? [8080]) : [port],
            ...(old?.upstream && { upstream: old.upstream }),
            parameters: { command: value, folder },
          },
        ],
      },
    },
    // Variants may change the server that is no longer there.
    variants: undefined,
  });
}
