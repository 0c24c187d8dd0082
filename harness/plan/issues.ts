import { expressionIssues } from '../expression/expression.ts';
import { engineTraits, engineTraitsNamed } from '../load/traits.ts';
import type { ValidationIssue } from '../model/errors.ts';
import { linkParts } from '../model/link.ts';
import { unknownMetric } from '../model/metrics.ts';
import { metricsIn, type Profile, type Scenario, type ServerSpec } from '../model/scenario.ts';
import { sysctlIssues } from '../model/sysctls.ts';
import { serverTraits, serverTraitsNamed } from '../servers/traits.ts';
import { localLinkIssues } from './local-link-issues.ts';
import { requirementIssues } from './requirements.ts';
import { rolesOf } from './topology.ts';

/** Everything that is wrong with a scenario as it would run, each with field and hint. Pure. */
export function scenarioIssues(
  scenario: Scenario,
  profiles: readonly Profile[],
  sysctlKeys?: ReadonlySet<string>,
): ValidationIssue[] {
  const at = `scenarios.${scenario.name}`;
  return [
    ...linkIssues(scenario, at),
    ...localLinkIssues(scenario, at),
    ...loadIssues(scenario, at),
    ...serverIssues(scenario, at),
    ...requirementIssues(scenario, at),
    ...profileIssues(scenario, profiles, at),
    ...Object.entries(scenario.peers).flatMap(([role, peer]) =>
      sysctlIssues(peer.sysctls, `${at}.peers.${role}.sysctls`, sysctlKeys),
    ),
    ...expectationIssues(scenario, at),
    ...columnIssues(scenario, at),
    ...publishedIssues(scenario, at),
    ...claimIssues(scenario, at),
  ];
}

function linkIssues(scenario: Scenario, at: string): ValidationIssue[] {
  const roles = Object.keys(scenario.peers);
  const named: [string, string][] = [
    ...scenario.links.flatMap((link, index): [string, string][] =>
      linkParts(link).between.map((role, end) => [
        `links.${index}${Array.isArray(link) ? '' : '.between'}.${end}`,
        role,
      ]),
    ),
    ['load.from', scenario.load.from],
    ['load.to', scenario.load.to],
    ['subject', scenario.subject],
    ...Object.entries(scenario.peers).flatMap(([role, { serves }]) =>
      serves.flatMap(({ upstream = [] }, index) =>
        upstream.map((next, hop): [string, string] => [`peers.${role}.serves.${index}.upstream.${hop}`, next]),
      ),
    ),
  ];
  return named
    .filter(([, role]) => !roles.includes(role))
    .map(([field, role]) => ({
      field: `${at}.${field}`,
      message: `no peer '${role}'`,
      hint: `one of ${roles.join(', ')}`,
    }));
}

function loadIssues(scenario: Scenario, at: string): ValidationIssue[] {
  const { load } = scenario;
  const engine = engineTraitsNamed(load.engine);
  if (engine === undefined) {
    const names = engineTraits.map((known) => known.name).join(', ');
    return [{ field: `${at}.load.engine`, message: `no engine '${load.engine}'`, hint: `one of ${names}` }];
  }
  const issues = engine.issues(load).map((one) => ({ ...one, field: `${at}.${one.field}` }));
  if (!engine.closePolicies.includes(load.closePolicy)) {
    const able = engineTraits.filter(({ closePolicies }) => closePolicies.includes(load.closePolicy));
    issues.push({
      field: `${at}.load.closePolicy`,
      message: `${engine.name} does not support the close policy '${load.closePolicy}'`,
      hint: `it supports ${engine.closePolicies.join(', ')}; '${load.closePolicy}' is supported by ${able.map(({ name }) => name).join(', ')}`,
    });
  }
  return issues;
}

function serverIssues(scenario: Scenario, at: string): ValidationIssue[] {
  return Object.entries(scenario.peers).flatMap(([role, peer]) =>
    peer.serves.flatMap((spec, index) => {
      const field = `${at}.peers.${role}.serves.${index}`;
      const kind = serverTraitsNamed(spec.server);
      if (kind !== undefined) {
        return [...portIssues(spec), ...kind.issues(spec)].map((one) => ({ ...one, field: `${field}.${one.field}` }));
      }
      const names = serverTraits.map((known) => known.name).join(', ');
      return [{ field: `${field}.server`, message: `no server '${spec.server}'`, hint: `one of ${names}` }];
    }),
  );
}

/** Only a program can be a client. */
function portIssues({ server, ports, upstream = [] }: ServerSpec): ValidationIssue[] {
  if (ports.length > 0) return [];
  if (server !== 'program') return [{ field: 'ports', message: 'is empty', hint: 'name at least one port' }];
  if (upstream.length > 0) return [];
  const message = 'is missing: a program without ports is a client, and connects to something';
  return [{ field: 'upstream', message, hint: 'name the roles that it connects to' }];
}

function profileIssues(scenario: Scenario, profiles: readonly Profile[], at: string): ValidationIssue[] {
  const names = profiles.map((profile) => profile.name);
  return scenario.profiles
    .filter((name) => !names.includes(name))
    .map((name) => ({
      field: `${at}.profiles`,
      message: `no profile '${name}'`,
      hint: `one of ${names.join(', ')}`,
    }));
}

function columnIssues(scenario: Scenario, at: string): ValidationIssue[] {
  return scenario.columns.flatMap((name, index) => {
    const unknown = unknownMetric(name, allRoles(scenario));
    return unknown === null ? [] : [{ field: `${at}.columns.${index}`, ...unknown }];
  });
}

function publishedIssues(scenario: Scenario, at: string): ValidationIssue[] {
  return (scenario.published?.rows ?? []).flatMap(({ metric }, index) => {
    const unknown = unknownMetric(metric, allRoles(scenario));
    return unknown === null ? [] : [{ field: `${at}.published.rows.${index}.metric`, ...unknown }];
  });
}

function claimIssues(scenario: Scenario, at: string): ValidationIssue[] {
  const roles = allRoles(scenario);
  return scenario.claims.flatMap(({ ours, confirmed, contradicted }, index) => {
    const field = `${at}.claims.${index}`;
    return [
      ...metricsIn(ours).flatMap((name) => {
        const unknown = unknownMetric(name, roles);
        return unknown === null ? [] : [{ field: `${field}.ours`, ...unknown }];
      }),
      ...expressionIssues(confirmed, `${field}.confirmed`, roles),
      ...(contradicted === undefined ? [] : expressionIssues(contradicted, `${field}.contradicted`, roles)),
    ];
  });
}

/** Roles as the file names them, and those of all peers. */
function allRoles(scenario: Scenario): string[] {
  return Object.entries(scenario.peers).flatMap(([kind, spec]) => [kind, ...rolesOf(kind, spec)]);
}

function expectationIssues(scenario: Scenario, at: string): ValidationIssue[] {
  const roles = allRoles(scenario);
  return scenario.expectations.flatMap((one, index) =>
    expressionIssues(one.holds, `${at}.expectations.${index}.holds`, roles),
  );
}
