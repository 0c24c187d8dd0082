import { expect, it } from 'vitest';
import { youngerThan } from '../model/socket-look.ts';
import { SocketGroups } from './socket-groups.ts';

const range = { low: 32768, high: 60999 };
const row = (
  localPort: number,
  remotePort: number,
  state: number,
  more: { timerMs?: number; inode?: number } = {},
) => ({
  source: 0x010012c6,
  remote: 0x020012c6,
  localPort,
  remotePort,
  state,
  receiveQueue: 0,
  timer: state === 6 ? 3 : 0,
  timerMs: 0,
  uid: 0,
  inode: 0,
  ...more,
});

it('groups opened connections by destination and accepted ones by port and client', () => {
  const groups = new SocketGroups(range);
  groups.add(row(8080, 0, 10, { inode: 5 }));
  groups.add(row(40000, 6379, 6, { timerMs: 59_950 }));
  groups.add(row(40001, 6379, 6, { timerMs: 58_000 }));
  groups.add(row(40002, 6379, 1, { inode: 7 }));
  groups.add(row(40002, 3306, 8, { inode: 9 }));
  groups.add(row(8080, 50000, 1, { inode: 11 }));
  groups.add(row(8080, 50001, 6, { timerMs: 0 }));
  const [redis, mysql, served] = groups.groups;
  expect(groups.groups.map(({ way, port }) => [way, port])).toEqual([
    ['opened', 6379],
    ['opened', 3306],
    ['accepted', 8080],
  ]);
  expect([redis?.states[6], redis?.states[1], redis?.inRange]).toEqual([2, 1, 3]);
  expect(redis && [youngerThan(redis, 100), youngerThan(redis, 2000), youngerThan(redis, 2100)]).toEqual([1, 1, 2]);
  expect(mysql?.states[8]).toBe(1);
  expect(served && [youngerThan(served, 60_000), served.ages?.at(-1)]).toEqual([0, 1]);
  expect(groups.living.map(({ inode, state }) => [inode, state])).toEqual([
    [7, 1],
    [9, 8],
    [11, 1],
  ]);
  expect(groups.listeners).toEqual([{ source: '010012C6', port: 8080, waiting: 0, inode: 5 }]);
});

it('knows accepted connections whose listener has ended', () => {
  const ended = new SocketGroups(range);
  ended.add(row(8080, 50000, 6));
  expect(ended.groups[0]?.way).toBe('accepted');
  const inside = new SocketGroups(range, [45000]);
  inside.add(row(45000, 50000, 6));
  expect(inside.groups[0]?.way).toBe('accepted');
  const opened = new SocketGroups(range);
  opened.add(row(900, 2049, 1));
  expect(opened.groups[0]?.way).toBe('opened');
});
