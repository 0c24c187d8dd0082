import { defaultPortRange, parsePortRange } from '../model/sysctls.ts';

/**
 * The quick form of a port range: same low end, `quickPorts` ports for the kernel's default of 28,232 and others in
 * proportion, an even number so that both parities are alike. Ranges that are already small stay.
 */
export function scaledRange(value: string | undefined, quickPorts = 1000): string {
  const range = (value === undefined ? null : parsePortRange(value)) ?? defaultPortRange;
  const ports = range.high - range.low + 1;
  if (ports <= quickPorts) return `${range.low} ${range.high}`;
  const whole = defaultPortRange.high - defaultPortRange.low + 1;
  const scaled = Math.max(2, 2 * Math.round((ports * quickPorts) / whole / 2));
  return `${range.low} ${range.low + scaled - 1}`;
}
