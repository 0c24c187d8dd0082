import { describe, expect, it } from 'vitest';
import { portUseOf } from './port-use.ts';

const hex = (port: number) => port.toString(16).toUpperCase().padStart(4, '0');
const rows = (...sockets: [local: string, port: number, remote: string, remotePort: number, state: string][]) =>
  `  sl  local_address rem_address   st\n${sockets
    .map(
      ([local, port, remote, to, state], n) =>
        `${String(n).padStart(4)}: ${local}:${hex(port)} ${remote}:${hex(to)} ${state} 0:0`,
    )
    .join('\n')}\n`;

// 198.18.0.2, 198.18.0.102 and 198.18.0.103 as little-endian numbers.
const [client, server, other] = ['020012C6', '660012C6', '670012C6'] as const;
const sysctls = {
  'net.ipv4.ip_local_port_range': '40000 40009',
  'net.ipv4.ip_local_reserved_ports': '40009,50000',
};

describe('portUseOf', () => {
  it('counts local ports of the range by source and destination, whatever the state', () => {
    const table = rows(
      [client, 40_000, server, 8080, '06'],
      [client, 40_001, server, 8080, '01'],
      [client, 40_000, other, 8080, '06'],
      [client, 39_999, server, 8080, '06'],
    );
    expect(portUseOf([table], sysctls)).toEqual({
      usable: 9,
      pairs: [
        { source: '198.18.0.2', destination: '198.18.0.102:8080', used: 2 },
        { source: '198.18.0.2', destination: '198.18.0.103:8080', used: 1 },
      ],
      sources: [{ source: '198.18.0.2', used: 2 }],
    });
  });

  it('counts a port once where the kernel repeats its row', () => {
    const row = [client, 40_001, server, 8080, '06'] as const;
    const table = rows([...row], [client, 40_002, server, 8080, '06'], [...row], [...row]);
    expect(portUseOf([table], sysctls)).toMatchObject({ pairs: [{ used: 2 }], sources: [{ used: 2 }] });
  });

  it('leaves out a listener in the range, and what it has accepted', () => {
    const table = rows(
      ['00000000', 40_005, '00000000', 0, '0A'],
      [client, 40_005, server, 51_000, '01'],
      [client, 40_001, server, 8080, '06'],
    );
    expect(portUseOf([table], sysctls)).toMatchObject({ usable: 8, pairs: [{ used: 1 }] });
  });

  it('reads IPv6 beside it', () => {
    const loopback = '00000000000000000000000001000000';
    const six = rows([loopback, 40_002, loopback, 8080, '06']);
    expect(portUseOf([rows(), six], sysctls).pairs).toEqual([{ source: '::1', destination: '[::1]:8080', used: 1 }]);
  });

  it('keeps the fullest pairs of many', () => {
    const many = Array.from({ length: 30 }, (_, n): Parameters<typeof rows>[number] => [
      client,
      40_000 + (n % 9),
      server,
      8000 + n,
      '06',
    ]);
    const { pairs } = portUseOf([rows(...many, [client, 40_008, server, 8000, '06'])], sysctls);
    expect(pairs).toHaveLength(8);
    expect(pairs[0]).toMatchObject({ destination: '198.18.0.102:8000', used: 2 });
  });
});
