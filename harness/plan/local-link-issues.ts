import type { ValidationIssue } from '../model/errors.ts';
import { isLocal, linkParts } from '../model/link.ts';
import type { Scenario } from '../model/scenario.ts';

/** A peer that connects to itself needs one link with itself, which nothing can shape. Pure. */
export function localLinkIssues({ links, load, peers }: Scenario, at: string): ValidationIssue[] {
  const issues: ValidationIssue[] = [];
  const local = new Set<string>();
  for (const [index, link] of links.entries()) {
    const { between, shape, address } = linkParts(link);
    const [role] = between;
    const field = `${at}.links.${index}`;
    if (!isLocal(link)) {
      if (address === undefined) continue;
      issues.push({
        field: `${field}.address`,
        message: `${between.join(' and ')} are two network stacks, whose addresses the lab chooses`,
        hint: 'omit it, or name one role twice in `between`',
      });
      continue;
    }
    for (const key of Object.keys(shape)) {
      const message = `${role} talks to itself over its loopback interface, which is not shaped`;
      issues.push({ field: `${field}.${key}`, message, hint: 'put client and server into two peers' });
    }
    if (local.has(role)) {
      const message = `a second link of ${role} with itself: which of them its connections take is undefined`;
      issues.push({ field, message, hint: 'leave one of them' });
    }
    local.add(role);
  }
  const toSelf: [string, string, string][] = [
    ['load.to', load.from, load.to],
    ...Object.entries(peers).flatMap(([role, { serves }]) =>
      serves.flatMap(({ upstream = [] }, index) =>
        upstream.map((to): [string, string, string] => [`peers.${role}.serves.${index}.upstream`, role, to]),
      ),
    ),
  ];
  for (const [field, from, to] of toSelf) {
    if (from !== to || local.has(from) || peers[from] === undefined) continue;
    const message = `${from} connects to itself, and has no link with itself`;
    issues.push({ field: `${at}.${field}`, message, hint: `add the link ['${from}', '${from}']` });
  }
  for (const [role, { serves }] of Object.entries(peers)) {
    const forwards = serves.filter(({ upstream }) => upstream?.includes(role));
    if (forwards.length === 0 || forwards.length < serves.length) continue;
    const message = `every server of ${role} forwards to ${role} itself: none is left to answer`;
    issues.push({ field: `${at}.peers.${role}.serves`, message, hint: 'add the server behind them' });
  }
  return issues;
}
