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
 * The scenario with those of its expectations that are about this cell. They are written for the scenario's own load,
 * so that another engine or a program of the user's has none; and one that names no profiles is about the scenario's
 * own profiles, so that `--profiles` of another scenario are not judged by it.
 */
export function withOwnExpectations(
  scenario: Scenario,
  own: Own,
  profile: Profile,
  overrides: Pick<Overrides, 'engine' | 'clientCommand' | 'hasClientImage'>,
): Judged {
  if (scenario.expectations.length === 0) return { scenario, notes: [] };
  const replacedBy = replacement(own.engine, overrides);
  if (replacedBy !== null) {
    const note = `expectations of the scenario's own load do not apply: the load is that of ${replacedBy}`;
    return { scenario: { ...scenario, expectations: [] }, notes: [note] };
  }
  if (own.profiles.includes(profile.name)) return { scenario, notes: [] };
  const expectations = scenario.expectations.filter((one) => one.profiles?.includes(profile.name) === true);
  if (expectations.length > 0) return { scenario: { ...scenario, expectations }, notes: [] };
  const note = `the scenario's expectations are about its own profiles (${[...new Set(own.profiles)].join(', ')}), not ${profile.name}`;
  return { scenario: { ...scenario, expectations }, notes: [note] };
}

/** The argument that put another load in the place of the scenario's; `null`: none did. */
function replacement(
  ownEngine: string,
  { engine, clientCommand, hasClientImage }: Parameters<typeof withOwnExpectations>[3],
): string | null {
  if (clientCommand !== undefined) return '--client-cmd';
  if (hasClientImage === true) return '--client-image';
  return engine === undefined || engine === ownEngine ? null : `--engine ${engine}`;
}
