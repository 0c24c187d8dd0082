import { isJson, type Json, list } from './versions.ts';

/**
 * In journals of version 1, arrivals that were never started are attempts that failed in phase `schedule`. Returns
 * such a line as version 2 writes it. Malformed lines are left for the schema to reject.
 */
export function scheduleApart(line: Json): Json {
  if (line.type === 'load') return { ...line, ...countsApart(line) };
  if (line.type !== 'load-end' || !isJson(line.result)) return line;
  const { result } = line;
  const firstFailures = Array.isArray(result.firstFailures)
    ? { firstFailures: list(result.firstFailures).filter(isStarted) }
    : {};
  return { ...line, result: { ...result, ...countsApart(result), ...firstFailures } };
}

/** Of an interval, a result, or a report's load: the counts that change. */
export function countsApart({ attempts, failures, notStarted }: Json): Json {
  const apart = list(failures)
    .filter((failure) => !isStarted(failure))
    .reduce((sum, { count }) => sum + Number(count), 0);
  if (apart === 0) return {};
  return {
    attempts: Number(attempts) - apart,
    notStarted: Number(notStarted ?? 0) + apart,
    failures: list(failures).filter(isStarted),
  };
}

function isStarted({ phase }: Json): boolean {
  return phase !== 'schedule';
}
