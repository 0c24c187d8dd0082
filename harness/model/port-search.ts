/**
 * Whether connect() searches one parity of the port range before the other, which makes it slow past half of the range.
 * Where net.ipv4.ip_local_port_step_width is set it takes random steps instead (Documentation/networking/ip-sysctl.rst).
 * A key that was not read, or does not exist, counts as not set.
 */
export function searchesByParity(settings: Readonly<Record<string, string | null | undefined>>): boolean {
  return Number(settings['net.ipv4.ip_local_port_step_width'] ?? 0) === 0;
}
