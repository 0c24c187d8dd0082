import type { PeerPlan } from '../model/cell.ts';
import type { Profile, Scenario } from '../model/scenario.ts';
import { defaultPortRange, portRangeKey, unprivilegedStartKey, whyNotSettable } from '../model/sysctls.ts';
import type { Form, Sysctls } from '../model/vocabulary.ts';
import { scaledRange } from './quick.ts';

type ByRole = Profile['sysctls'];

const forwardingKeys = { 4: 'net.ipv4.ip_forward', 6: 'net.ipv6.conf.all.forwarding' } as const;

/** A profile's settings for a role: those for all peers, and its own, which win. */
function ofRole(settings: ByRole, kind: string): Sysctls {
  return { ...settings.all, ...settings[kind] };
}

/**
 * Settings of the peers of a role: the scenario's, then the profile's, then those of the command line. The quick form
 * scales the subject's port range whoever set it, so that columns stay comparable; `unscaled` has the original. A
 * range that is already small stays.
 */
export function sysctlsFor(
  kind: string,
  scenario: Scenario,
  profile: Profile,
  form: Form,
  commandLine: ByRole,
): Pick<PeerPlan, 'sysctls' | 'unscaled'> {
  const spec = scenario.peers[kind];
  const asked: Sysctls = {
    ...(spec?.forwards && { [forwardingKeys[scenario.family]]: '1' }),
    ...spec?.sysctls,
    ...ofRole(profile.sysctls, kind),
    ...ofRole(commandLine, kind),
  };
  const sysctls = inOrder(asked);
  if (form !== 'quick' || scenario.quick?.scalePorts !== true || kind !== scenario.subject) return { sysctls };
  const range = asked[portRangeKey] ?? `${defaultPortRange.low} ${defaultPortRange.high}`;
  const scaled = scaledRange(range, scenario.quick.ports);
  if (scaled === range) return { sysctls: { ...sysctls, [portRangeKey]: range } };
  return { sysctls: { ...sysctls, [portRangeKey]: scaled }, unscaled: { [portRangeKey]: range } };
}

/** The kernel refuses a port range below the first unprivileged port: so that key is written first. */
function inOrder(sysctls: Sysctls): Sysctls {
  const { [unprivilegedStartKey]: start, ...rest } = sysctls;
  return start === undefined ? rest : { [unprivilegedStartKey]: start, ...rest };
}

/** Command-line settings that replace the profile's own: `net.ipv4.tcp_fin_timeout=15`, `client:…` for one role. */
export function overridesOf(profile: Profile, scenario: Scenario, commandLine: ByRole): string[] {
  const changed = Object.keys(scenario.peers).flatMap((kind) => {
    const own = ofRole(profile.sysctls, kind);
    return Object.entries(ofRole(commandLine, kind)).flatMap(([key, value]) => {
      if (own[key] === undefined || own[key] === value) return [];
      return [`${commandLine[kind]?.[key] === undefined ? '' : `${kind}:`}${key}=${value}`];
    });
  });
  return [...new Set(changed)];
}

/**
 * Why a cell is skipped where this kernel cannot set a key per namespace, naming who requested it: the profile's own
 * reason, or the argument of the command line. `null`: every key can be set, or it is not known yet.
 */
export function skipReason(
  peers: readonly Pick<PeerPlan, 'kind' | 'sysctls'>[],
  profile: Profile,
  commandLine: ByRole,
  settable: ReadonlySet<string> | null,
): { reason: string; hint?: string } | null {
  if (settable === null) return null;
  const missing = peers.flatMap(({ kind, sysctls }) =>
    Object.keys(sysctls).flatMap((key) => (settable.has(key) ? [] : [{ kind, key }])),
  );
  if (missing.length === 0) return null;
  const reasons = missing.map(({ kind, key }) => {
    const role =
      commandLine[kind]?.[key] === undefined ? (commandLine.all?.[key] === undefined ? null : '') : `${kind}:`;
    if (role !== null) return `--sysctl ${role}${key}=${ofRole(commandLine, kind)[key]}: ${whyNotSettable(key)}`;
    const isProfiles = ofRole(profile.sysctls, kind)[key] !== undefined;
    return isProfiles && profile.skipReason !== undefined ? profile.skipReason : whyNotSettable(key);
  });
  const reason = [...new Set(reasons)].join('; ');
  const asked = Object.values(commandLine).flatMap((values) => Object.keys(values ?? {}));
  const lost = new Set(asked.filter((key) => missing.some((one) => one.key === key)));
  if (lost.size === 0) return { reason };
  const rest = new Set(asked.filter((key) => !lost.has(key))).size;
  const others = rest === 0 ? '' : `; the other ${rest === 1 ? 'setting' : `${rest} settings`} can be set here`;
  return { reason, hint: `leave ${[...lost].join(', ')} out${others}` };
}
