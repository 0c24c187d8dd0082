import { connect, createServer, type Server, type Socket } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { occupancyOf } from './occupancy.ts';
import { addressText } from './proc-address.ts';
import { readOccupancy } from './stack-reader.ts';

const row = (local: string, remote: string, state: string) =>
  `   0: ${local} ${remote} ${state} 00000000:00000000 00:00000000 00000000     0        0 0 1 0000000000000000`;
const header = '  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode';
const mapped = (hex: string) => `0000000000000000FFFF0000${hex}`;

describe('occupancyOf', () => {
  it('groups sockets by remote end, and finds the accepted ones by their listeners', () => {
    const text = [
      header,
      row('00000000:1F90', '00000000:0000', '0A'),
      // 198.18.0.1 to port 8080 here, twice; and two connections of our own to 198.18.1.102:8080.
      row('660012C6:1F90', '010012C6:C350', '06'),
      row('660012C6:1F90', '010012C6:C351', '08'),
      row('010112C6:8001', '660112C6:1F90', '06'),
      row('010112C6:8003', '660112C6:1F90', '06'),
    ].join('\n');
    expect(occupancyOf([text])).toEqual([
      { way: 'accepted', address: '198.18.0.1', port: 8080, states: { TIME_WAIT: 1, CLOSE_WAIT: 1 } },
      { way: 'opened', address: '198.18.1.102', port: 8080, states: { TIME_WAIT: 2 } },
    ]);
  });

  it('finds the IPv4 connections of a socket that listens on ::, wherever the kernel lists them', () => {
    const none = '0'.repeat(32);
    const tcp = [header, row('660012C6:1F90', '010012C6:C352', '06')].join('\n');
    const tcp6 = [
      header,
      row(`${none}:1F90`, `${none}:0000`, '0A'),
      row(`${mapped('660012C6')}:1F90`, `${mapped('010012C6')}:C350`, '01'),
      row(`${mapped('660012C6')}:1F90`, `${mapped('010012C6')}:C351`, '06'),
    ].join('\n');
    expect(occupancyOf([tcp, tcp6])).toEqual([
      { way: 'accepted', address: '198.18.0.1', port: 8080, states: { TIME_WAIT: 2, ESTABLISHED: 1 } },
    ]);
  });
});

describe('addressText', () => {
  it.each([
    ['0100007F', '127.0.0.1'],
    [mapped('0100007F'), '127.0.0.1'],
    ['00000000000000000000000001000000', '::1'],
    ['B80D0120000000000000000001000000', '2001:db8::1'],
  ])('%s is %s', (hex, text) => expect(addressText(hex)).toBe(text));
});

describe('readOccupancy', () => {
  const open: (Socket | Server)[] = [];
  afterEach(() => {
    for (const one of open.splice(0)) 'destroy' in one ? one.destroy() : one.close();
  });

  it('counts the connections that this process has accepted on ::', async () => {
    const server = createServer((socket) => open.push(socket));
    open.push(server);
    await new Promise<void>((resolve) => server.listen({ host: '::', port: 0 }, resolve));
    const { port } = server.address() as { port: number };
    for (let i = 0; i < 3; i++) {
      const socket = connect({ host: '127.0.0.1', port });
      open.push(socket);
      await new Promise((resolve) => socket.once('connect', resolve));
    }
    const accepted = readOccupancy()?.find((one) => one.way === 'accepted' && one.port === port);
    expect(accepted).toMatchObject({ address: '127.0.0.1', states: { ESTABLISHED: 3 } });
  });
});
