import { describe, expect, it } from 'vitest';
import { DiagRows } from './diag-rows.ts';
import { SocketGroups } from './socket-groups.ts';
import type { SocketRow } from './socket-rows.ts';

const range = { low: 32768, high: 60999 };

/** An answer of sock_diag: nlmsghdr, inet_diag_msg, and `attributes` more bytes. */
function answer(row: Partial<SocketRow>, { type = 20, attributes = 0 } = {}): Buffer {
  const bytes = Buffer.alloc(88 + attributes);
  bytes.writeUInt32LE(bytes.length, 0);
  bytes.writeUInt16LE(type, 4);
  const isLong = typeof row.source === 'string';
  bytes[16] = isLong ? 10 : 2;
  bytes[17] = row.state ?? 0;
  bytes[18] = row.timer ?? (row.state === 6 ? 3 : 0);
  bytes.writeUInt16BE(row.localPort ?? 0, 20);
  bytes.writeUInt16BE(row.remotePort ?? 0, 22);
  for (const [value = 0, at] of [
    [row.source, 24],
    [row.remote, 40],
  ] as const) {
    if (typeof value === 'number') bytes.writeUInt32LE(value, at);
    else
      for (let i = 0; i < 4; i++) bytes.writeUInt32LE(Number.parseInt(value.slice(i * 8, i * 8 + 8), 16), at + i * 4);
  }
  bytes.writeUInt32LE(row.timerMs ?? 0, 68);
  bytes.writeUInt32LE(row.receiveQueue ?? 0, 72);
  bytes.writeUInt32LE(row.inode ?? 0, 84);
  return bytes;
}

/** Repeatable numbers from 0 to below `n`. */
let seed = 7;
const below = (n: number) => {
  seed = (seed * 1_103_515_245 + 12_345) % 2 ** 31;
  return seed % n;
};

/** More ends than the cache of recent ends has places. */
const rows = Array.from({ length: 1000 }, (_, i): SocketRow => {
  const state = i < 3 ? 10 : [6, 6, 6, 1, 5][below(5)];
  const isServed = i < 3 || below(3) === 0;
  return {
    source: 0x010012c6 + below(3) * 2 ** 24,
    remote: i < 3 ? 0 : 0x020012c6 + below(40) * 2 ** 24,
    localPort: isServed ? 8080 + (i < 3 ? i : below(3)) : 30_000 + below(30_000),
    remotePort: i < 3 ? 0 : isServed ? 40_000 + below(20_000) : 80 + below(20),
    state: state as number,
    receiveQueue: 0,
    timer: state === 6 || state === 5 ? 3 : 0,
    timerMs: state === 6 ? below(61_000) : 0,
    uid: 0,
    inode: state === 1 ? i : 0,
  };
});

const found = (groups: SocketGroups) => ({
  rows: groups.rows,
  timeWaits: groups.timeWaits,
  groups: groups.groups,
  listeners: groups.listeners,
  living: groups.living,
});

function expected(): ReturnType<typeof found> {
  const groups = new SocketGroups(range);
  for (const row of rows) groups.add(row);
  return found(groups);
}

describe('answers of sock_diag', () => {
  it.each([1 << 20, 4096, 100, 97, 4, 1])('are summed like rows of /proc, in parts of %i bytes', (part) => {
    const all = Buffer.concat(rows.map((row, i) => answer(row, { attributes: (i % 3) * 8 })));
    const groups = new SocketGroups(range);
    const reader = new DiagRows(groups);
    let isUnderstood = true;
    for (let at = 0; at < all.length; at += part) isUnderstood &&= reader.take(all.subarray(at, at + part));
    expect(isUnderstood).toBe(true);
    expect(found(groups)).toEqual(expected());
  });

  it('of other kinds are passed over: the end of a dump, an error, a family that is not IP', () => {
    const unix = answer({ state: 1 });
    unix[16] = 1;
    const short = Buffer.alloc(20);
    short.writeUInt32LE(20, 0);
    short.writeUInt16LE(3, 4);
    const groups = new SocketGroups(range);
    const one = answer({ source: 1, remote: 2, localPort: 40_000, remotePort: 80, state: 6 });
    expect(new DiagRows(groups).take(Buffer.concat([unix, short, one, answer({ state: 6 }, { type: 2 })]))).toBe(true);
    expect([groups.rows, groups.groups.length]).toEqual([1, 1]);
  });

  it('IPv4 in IPv6 is IPv4, other IPv6 is not', () => {
    const groups = new SocketGroups(range);
    const head = { localPort: 40_000, remotePort: 80, state: 6 };
    const mapped = (last: string) => `0000000000000000FFFF0000${last}`;
    const long = '000080FE00000000FF005450B6AD1DFE';
    const parts = [
      answer({ ...head, source: mapped('010012C6'), remote: mapped('020012C6') }),
      answer({ ...head, source: long, remote: long }),
    ];
    new DiagRows(groups).take(Buffer.concat(parts));
    expect(groups.groups.map(({ source, remote }) => [source, remote])).toEqual([
      ['010012C6', '020012C6'],
      [long, long],
    ]);
    expect(groups.timeWaits).toBe(2);
  });

  it.each([1 << 20, 3, 1])('text, as an ss without -D prints it, is not understood, in parts of %i bytes', (part) => {
    const text = Buffer.from('State  Recv-Q Send-Q Local Address:Port Peer Address:Port\n'.repeat(2000));
    const reader = new DiagRows(new SocketGroups(range));
    let isUnderstood = true;
    for (let at = 0; at < text.length; at += part) isUnderstood &&= reader.take(text.subarray(at, at + part));
    expect(isUnderstood).toBe(false);
  });
});
