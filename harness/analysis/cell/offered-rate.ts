import type { LoadSpec } from '../../model/scenario.ts';

/**
 * Connections (or requests) per second that the engine was asked for. `null`: a closed loop, or a program or image of
 * the user's own, which sets its own pace and never saw the scenario's rate.
 */
export function offeredRate({ arrival, parameters, image }: LoadSpec): number | null {
  const isOwnPace = parameters.command !== undefined || image !== undefined;
  return arrival.loop === 'open' && !isOwnPace ? arrival.ratePerSec : null;
}
