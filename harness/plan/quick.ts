import { defaultPortRange, parsePortRange } from '../model/sysctls.ts';

/** Ports of the quick form for the kernel's default range of 28,232; other ranges are scaled in proportion. */
export const quickPorts = 1000;

/**
 * The quick form of a port range: same low end, 1,000 ports for 28,232, an even number so that both parities are
 * alike. Ranges that are already small stay.
 */
export function scaledRange(value: string | undefined): string {
  const range = (value === undefined ? null : parsePortRange(value)) ?? defaultPortRange;
  const ports = range.high - range.low + 1;
  if (ports <= quickPorts) return `${range.low} ${range.high}`;
  const whole = defaultPortRange.high - defaultPortRange.low + 1;
  const scaled = Math.max(2, 2 * Math.round((ports * quickPorts) / whole / 2));
  return `${range.low} ${range.low + scaled - 1}`;
}
