import type { ObservedDestination } from '../../model/observation.ts';

/** `198.18.0.1 → 198.18.0.2:6379`. */
export function ends({ source, address, port }: Pick<ObservedDestination, 'source' | 'address' | 'port'>): string {
  return `${source} → ${endText(address, port)}`;
}

/** IPv6 addresses in brackets. */
export function endText(address: string, port: number): string {
  return `${address.includes(':') ? `[${address}]` : address}:${port}`;
}
