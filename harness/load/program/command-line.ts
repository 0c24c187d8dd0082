import type { Target } from '../../model/protocol.ts';
import type { LoadSpec } from '../../model/scenario.ts';

/** Splits a command line at white space; single and double quotes keep it together. No shell reads it. */
export function splitCommandLine(command: string): string[] {
  const args: string[] = [];
  for (const match of command.matchAll(/(?:[^\s"']+|"[^"]*"|'[^']*')+/g)) {
    args.push(match[0].replace(/"([^"]*)"|'([^']*)'/g, (_, double, single) => double ?? single ?? ''));
  }
  return args;
}

/** `{address}`, `{port}`, `{target}` and `{url}` stand for the first destination. */
export function fillIn(word: string, target: Target, path: string): string {
  const at = `${target.address}:${target.port}`;
  const values: Readonly<Record<string, string>> = {
    address: target.address,
    port: String(target.port),
    target: at,
    url: `http://${at}${path}`,
  };
  return word.replace(/\{(address|port|target|url)\}/g, (_, name: string) => values[name] as string);
}

/** The load as environment variables, which any program can read. */
export function clientEnvironment(load: LoadSpec, targets: readonly Target[]): Record<string, string> {
  const [first] = targets;
  const at = (target: Target) => `${target.address}:${target.port}`;
  return {
    TIMEWAIT_LAB_TARGETS: targets.map(at).join(','),
    ...(first && { TIMEWAIT_LAB_URL: `http://${at(first)}${load.path}` }),
    TIMEWAIT_LAB_DURATION_MS: String(load.durationMs),
    ...(load.arrival.loop === 'closed'
      ? { TIMEWAIT_LAB_CONCURRENCY: String(load.arrival.concurrency) }
      : { TIMEWAIT_LAB_RATE_PER_SEC: String(load.arrival.ratePerSec) }),
  };
}
