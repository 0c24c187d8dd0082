import { exitCode, HarnessError } from '../model/errors.ts';
import type { RuntimeTraits, SkipReason } from '../model/runtime.ts';
import type { Scenario } from '../model/scenario.ts';
import { cannotRun } from '../plan/capabilities.ts';
import type { Availability } from './runtime.ts';

/** Called only if the answer matters: detecting a missing daemon may take seconds. */
export interface Candidate extends RuntimeTraits {
  availability(): Promise<Availability>;
  /** Components that its peers lack, so that it can run none of these scenarios. `null`: it can. Absent: it has all. */
  lack?(scenarios: readonly Scenario[]): Promise<string | null>;
}

export interface Choice {
  readonly name: string;
  /** For people: how it will run, and for `auto` why it was chosen. */
  readonly why: string;
}

/**
 * A runtime by name, or with `auto` the first candidate that is ready and has what one of the scenarios needs, else the
 * first that is available. Candidates that can run none of the scenarios are left out; without scenarios none is.
 * Errors: NO_RUNTIME, and for a named one NO_<NAME> (exit code 3; 2 for an unknown name).
 */
export async function chooseRuntime(
  wanted: string,
  candidates: readonly Candidate[],
  scenarios: readonly Scenario[] = [],
): Promise<Choice> {
  const reasonAgainst = (candidate: Candidate) => {
    const reasons = scenarios.map((scenario) => cannotRun(scenario, candidate, candidates));
    return reasons.includes(null) ? null : (reasons[0] ?? null);
  };
  if (wanted !== 'auto') return named(wanted, candidates, reasonAgainst);
  const asked: Asked[] = [];
  const reasons: string[] = [];
  for (const candidate of candidates) {
    const { name } = candidate;
    const against = reasonAgainst(candidate);
    if (against !== null) {
      reasons.push(against.reason);
      continue;
    }
    const answer = await candidate.availability();
    const lack = answer.available ? ((await candidate.lack?.(scenarios)) ?? null) : null;
    const ready = answer.available && answer.preparation === undefined && lack === null;
    if (ready) return choice(name, answer.detail, asked);
    asked.push({ name, answer, lack });
    reasons.push(`${name}: ${answer.detail}`);
  }
  const available = asked.filter((one) => one.answer.available);
  const first = available.find((one) => one.lack === null) ?? available[0];
  if (first !== undefined) {
    const { name, answer } = first;
    const others = asked.filter((one) => one !== first);
    const why = answer.preparation === undefined ? answer.detail : `${answer.detail}; ${answer.preparation}`;
    return choice(name, why, others);
  }
  const hints = asked.flatMap(({ name, answer }) => (answer.hint === undefined ? [] : [`${name}: ${answer.hint}`]));
  const hint = hints.length === 0 ? undefined : hints.join('; ');
  throw unavailable('NO_RUNTIME', `no runtime works here: ${reasons.join('; ')}`, hint);
}

async function named(
  wanted: string,
  candidates: readonly Candidate[],
  reasonAgainst: (candidate: Candidate) => SkipReason | null,
): Promise<Choice> {
  const found = candidates.find((candidate) => candidate.name === wanted);
  if (found === undefined) {
    const hint = `one of ${['auto', ...candidates.map((candidate) => candidate.name)].join(', ')}`;
    throw new HarnessError('NO_RUNTIME', `no runtime '${wanted}'`, { exitCode: exitCode.usage, hint });
  }
  const code = `NO_${wanted.toUpperCase().replaceAll('-', '_')}`;
  const against = reasonAgainst(found);
  if (against !== null) throw unavailable(code, against.reason, against.hint);
  const { available, detail, hint } = await found.availability();
  if (!available) throw unavailable(code, `the runtime ${wanted} does not work here: ${detail}`, hint);
  return { name: wanted, why: detail };
}

/** What a candidate that is not ready said. */
interface Asked {
  name: string;
  answer: Availability;
  lack: string | null;
}

function choice(name: string, why: string, others: readonly Asked[]): Choice {
  const against = others.map((other) => `not ${other.name}: ${other.lack ?? other.answer.detail}`);
  return { name, why: [why, ...against].join('; ') };
}

function unavailable(code: string, message: string, hint: string | undefined): HarnessError {
  return new HarnessError(code, message, {
    exitCode: exitCode.unavailable,
    ...(hint !== undefined && { hint }),
  });
}
