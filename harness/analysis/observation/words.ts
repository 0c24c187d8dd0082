import { endpointText } from '../../model/address.ts';
import type { ObservedDestination } from '../../model/observation.ts';

/** `198.18.0.1 → 198.18.0.2:6379`. */
export function ends({ source, address, port }: Pick<ObservedDestination, 'source' | 'address' | 'port'>): string {
  return `${source} → ${endpointText({ address, port })}`;
}
