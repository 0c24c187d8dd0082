import { expect, it } from 'vitest';
import { occupancyOf } from './occupancy.ts';

const row = (local: string, remote: string, state: string) =>
  `   0: ${local} ${remote} ${state} 00000000:00000000 00:00000000 00000000     0        0 0 1 0000000000000000`;

it('groups sockets by the other end, and knows by its listeners which of them were accepted', () => {
  const text = [
    '  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode',
    row('00000000:1F90', '00000000:0000', '0A'),
    // 198.18.0.1 to port 8080 here, twice; and two connections of our own to 198.18.1.102:8080.
    row('660012C6:1F90', '010012C6:C350', '06'),
    row('660012C6:1F90', '010012C6:C351', '08'),
    row('010112C6:8001', '660112C6:1F90', '06'),
    row('010112C6:8003', '660112C6:1F90', '06'),
  ].join('\n');
  expect(occupancyOf(text)).toEqual([
    { way: 'accepted', address: '198.18.0.1', port: 8080, states: { TIME_WAIT: 1, CLOSE_WAIT: 1 } },
    { way: 'opened', address: '198.18.1.102', port: 8080, states: { TIME_WAIT: 2 } },
  ]);
});
