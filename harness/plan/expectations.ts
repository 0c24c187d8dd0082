import type { Profile, Scenario } from '../model/scenario.ts';
import type { Overrides } from './overrides.ts';

export interface Judged {
  scenario: Scenario;
  /** What does not apply, and why. */
  notes: string[];
}

/** What a scenario itself says, before the command line. */
export interface Own {
  engine: string;
  /** Those it names, and those its variant does. */
  profiles: readonly string[];
}

/**
 * The scenario with those of its expectations that apply to this cell. They are written for the scenario's own load,
 * so another engine or a custom client has none; one that names no profiles applies to the scenario's own profiles, so
 * that profiles from elsewhere (`--profiles`) are not judged by it.
 */
export function withOwnExpectations(
  scenario: Scenario,
  own: Own,
  profile: Profile,
  overrides: Pick<Overrides, 'engine' | 'clientCommand' | 'hasClientImage' | 'serverFrom'>,
): Judged {
  if (scenario.expectations.length === 0) return { scenario, notes: [] };
  const replacedBy = replacement(own.engine, overrides);
  if (replacedBy !== null) {
    const note = `the scenario's expectations do not apply: ${replacedBy}`;
    return { scenario: { ...scenario, expectations: [] }, notes: [note] };
  }
  if (own.profiles.includes(profile.name)) return { scenario, notes: [] };
  const expectations = scenario.expectations.filter((one) => one.profiles?.includes(profile.name) === true);
  if (expectations.length > 0) return { scenario: { ...scenario, expectations }, notes: [] };
  const note = `the scenario's expectations apply to its own profiles (${[...new Set(own.profiles)].join(', ')}) alone`;
  return { scenario: { ...scenario, expectations }, notes: [note] };
}

/** What replaced the scenario's load or servers; `null`: nothing. */
function replacement(
  ownEngine: string,
  { engine, clientCommand, hasClientImage, serverFrom }: Parameters<typeof withOwnExpectations>[3],
): string | null {
  const from = (option: string) => `the load comes from ${option}`;
  if (clientCommand !== undefined) return from('--client-cmd');
  if (hasClientImage === true) return from('--client-image');
  if (serverFrom !== undefined) return `the server comes from ${serverFrom}`;
  return engine === undefined || engine === ownEngine ? null : from(`--engine ${engine}`);
}
