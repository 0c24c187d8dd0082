import { expect, it } from 'vitest';
import { addTraceLine, type PortMisses } from './port-misses.ts';

const line = (more: string) => `         python3-25927   [001] .....  5616.306136: inet_sock_set_state: family=${more}`;
const v4 = (dport: number, states: string, sport = 0) =>
  line(
    `AF_INET protocol=IPPROTO_TCP sport=${sport} dport=${dport} saddr=198.18.0.2 daddr=198.18.0.102 saddrv6=::ffff:198.18.0.2 daddrv6=::ffff:198.18.0.102 ${states}`,
  );
const missed = 'oldstate=TCP_SYN_SENT newstate=TCP_CLOSE';

function read(lines: readonly string[]): PortMisses {
  const misses: PortMisses = { failed: [], bound: 0, lost: 0 };
  for (const text of lines) addTraceLine(misses, text);
  return misses;
}

it('counts connect() calls without a port by destination', () => {
  const v6 = line(
    `AF_INET6 protocol=IPPROTO_TCP sport=0 dport=443 saddr=0.0.0.0 daddr=0.0.0.0 saddrv6=fd00::1 daddrv6=fd00::2 ${missed}`,
  );
  const mapped = line(
    `AF_INET6 protocol=IPPROTO_TCP sport=0 dport=80 saddr=198.18.0.2 daddr=198.18.0.102 saddrv6=::ffff:198.18.0.2 daddrv6=::ffff:198.18.0.102 ${missed}`,
  );
  expect(read([v4(80, missed), v4(80, missed), v6, mapped, '# tracer: nop']).failed).toEqual([
    { destination: '198.18.0.102:80', count: 3 },
    { destination: '[fd00::2]:443', count: 1 },
  ]);
});

it('counts sockets that were bound before, and events that the kernel dropped', () => {
  const bound = v4(80, 'oldstate=TCP_CLOSE newstate=TCP_SYN_SENT', 40_000);
  expect(read([bound, bound, 'CPU:1 [LOST 12 EVENTS]'])).toEqual({ failed: [], bound: 2, lost: 12 });
});

it('keeps the count right for any number of destinations', () => {
  const { failed } = read(Array.from({ length: 1000 }, (_, n) => v4(n + 1, missed)));
  expect(failed).toHaveLength(65);
  expect(failed.reduce((sum, { count }) => sum + count, 0)).toBe(1000);
});
