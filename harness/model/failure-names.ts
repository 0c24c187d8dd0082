import { constants } from 'node:os';
import { nearest } from './nearest.ts';

/** What engines call a failure that is no errno; EOF: the other side closed before the answer was complete. */
export const engineFailures = ['EOF', 'EUNKNOWN', 'ERROR_ANSWER', 'BAD_ANSWER'] as const;

/** Families of names: of getaddrinfo(3), of an answer's status, of Node's own errors, which engines pass on. */
const families = [
  /^EAI_[A-Z]+$/,
  /^HTTP_[1-5]\d\d$/,
  /^(ERR|UND_ERR|HPE|CERT|DEPTH|UNABLE_TO|SELF_SIGNED)_[A-Z0-9_]+$/,
];

/** Names that arrivals had which were never started, while these were counted as failures. */
export const formerFailures: readonly string[] = ['NOT_STARTED', 'IN_FLIGHT_LIMIT'];

const names: readonly string[] = [...Object.keys(constants.errno), ...engineFailures];

/**
 * The nearest names to one that no engine and no kernel gives a failure, which would always read 0 and a gate on it
 * always hold; `null`: it is such a name.
 */
export function unknownFailure(name: string): string[] | null {
  if (names.includes(name) || families.some((family) => family.test(name))) return null;
  return nearest(name, names);
}
