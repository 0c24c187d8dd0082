import { constants } from 'node:os';
import { nearest } from './nearest.ts';

/** Engines' names for failures that are not errnos; EOF: the other side closed before the answer was complete. */
export const engineFailures = ['EOF', 'EUNKNOWN', 'ERROR_ANSWER', 'BAD_ANSWER'] as const;

/** Families of names: of getaddrinfo(3), of an answer's status, of Node's own errors, which engines pass on. */
const families = [
  /^EAI_[A-Z]+$/,
  /^HTTP_[1-5]\d\d$/,
  /^(ERR|UND_ERR|HPE|CERT|DEPTH|UNABLE_TO|SELF_SIGNED)_[A-Z0-9_]+$/,
];

/** Former names of arrivals that were never started, from when they counted as failures. */
export const formerFailures: readonly string[] = ['NOT_STARTED', 'IN_FLIGHT_LIMIT'];

const names: readonly string[] = [...Object.keys(constants.errno), ...engineFailures];

/**
 * The nearest names to one that no engine and no kernel reports, which would always read 0, so that a gate on it would
 * always hold; `null`: the name is valid.
 */
export function unknownFailure(name: string): string[] | null {
  if (names.includes(name) || families.some((family) => family.test(name))) return null;
  return nearest(name, names);
}
