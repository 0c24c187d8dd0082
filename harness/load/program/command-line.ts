import { endpointText } from '../../model/address.ts';
import type { Target } from '../../model/protocol.ts';
import type { LoadSpec } from '../../model/scenario.ts';
import { fillWith } from '../../program/command-line.ts';

/** What may stand in braces in a command line or its arguments. */
export const placeholders = ['url', 'address', 'port', 'target', 'targets', 'clients'] as const;

/**
 * `{address}`, `{port}`, `{target}` (address:port) and `{url}` stand for the first destination, `{targets}` for all,
 * separated by commas. IPv6 is in brackets except in `{address}`. `{clients}` is the folder of the catalogue's client
 * programs. `{{url}}` is `{url}` itself.
 */
export function fillIn(word: string, targets: readonly Target[], path: string, clients = ''): string {
  const [first] = targets;
  const values: Readonly<Record<string, string>> = {
    address: first?.address ?? '',
    port: String(first?.port ?? ''),
    target: first === undefined ? '' : endpointText(first),
    url: first === undefined ? '' : `http://${endpointText(first)}${path}`,
    targets: targets.map(endpointText).join(','),
    clients,
  };
  return fillWith(word, values);
}

/** The load as environment variables, which any program can read. */
export function clientEnvironment(load: LoadSpec, targets: readonly Target[]): Record<string, string> {
  const [first] = targets;
  return {
    TIMEWAIT_LAB_TARGETS: targets.map(endpointText).join(','),
    ...(first && { TIMEWAIT_LAB_URL: `http://${endpointText(first)}${load.path}` }),
    TIMEWAIT_LAB_DURATION_MS: String(load.durationMs),
    ...(load.arrival.loop === 'closed'
      ? { TIMEWAIT_LAB_CONCURRENCY: String(load.arrival.concurrency) }
      : { TIMEWAIT_LAB_RATE_PER_SEC: String(load.arrival.ratePerSec) }),
  };
}
