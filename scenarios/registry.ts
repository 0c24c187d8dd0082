import { Scenario } from '../harness/model/scenario.ts';
import { keepAlive } from './keep-alive.ts';
import { lingerRst } from './linger-rst.ts';
import { serverClose } from './server-close.ts';
import { shortConn } from './short-conn.ts';
import { twBuckets } from './tw-buckets.ts';
import { twLifetime } from './tw-lifetime.ts';

/** All scenarios, in the order of --list; a new one is one file and one line here. */
export const scenarios: readonly Scenario[] = [shortConn, keepAlive, serverClose, lingerRst, twBuckets, twLifetime].map(
  (input) => Scenario.parse(input),
);

/** Errors: throws for a name that is not in the registry. */
export function scenarioNamed(name: string): Scenario {
  const found = scenarios.find((scenario) => scenario.name === name);
  if (found === undefined) throw new Error(`no scenario '${name}'`);
  return found;
}
