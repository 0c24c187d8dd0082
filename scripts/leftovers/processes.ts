import { entriesOf, readOrEmpty } from './read.ts';

/**
 * Processes that a run started: they have its temporary folder in their environment, or its id in their command line. A
 * namespace lives as long as a process in it.
 */
export function processesOf(temporary: string, run: string | null): string[] {
  return entriesOf('/proc').flatMap((pid) => {
    if (!/^\d+$/.test(pid) || Number(pid) === process.pid) return [];
    const command = readOrEmpty(`/proc/${pid}/cmdline`).replaceAll('\0', ' ');
    const isOurs =
      readOrEmpty(`/proc/${pid}/environ`).includes(`TMPDIR=${temporary}\0`) ||
      (run !== null && command.includes(`--run=${run}`));
    return isOurs ? [`process ${pid}: ${command.slice(0, 80)}`] : [];
  });
}
