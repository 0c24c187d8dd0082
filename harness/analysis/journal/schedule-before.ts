import type { JournalLine, LoadCounts } from '../../model/journal.ts';

/**
 * In journals of before they were counted apart, arrivals that were never started are attempts that failed in phase
 * `schedule`. Such a line as it would be written now.
 */
export function scheduleApart(line: JournalLine): JournalLine {
  if (line.type === 'load') return { ...line, ...countsApart(line) };
  if (line.type !== 'load-end') return line;
  const firstFailures = line.result.firstFailures.filter(({ phase }) => phase !== 'schedule');
  return { ...line, result: { ...line.result, ...countsApart(line.result), firstFailures } };
}

function countsApart({ attempts, failures, notStarted }: LoadCounts): Partial<LoadCounts> {
  const apart = failures.filter(({ phase }) => phase === 'schedule').reduce((sum, { count }) => sum + count, 0);
  if (apart === 0) return {};
  return {
    attempts: attempts - apart,
    notStarted: (notStarted ?? 0) + apart,
    failures: failures.filter(({ phase }) => phase !== 'schedule'),
  };
}
