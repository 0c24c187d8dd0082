import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { type SocketRow, SocketRows } from './socket-rows.ts';

const table = readFileSync(new URL('../../test/fixtures/kernels/proc-net-tcp-6.18.txt', import.meta.url));

function rowsOf(text: Buffer, partBytes = text.length): SocketRow[] {
  const rows: SocketRow[] = [];
  const parser = new SocketRows((row) => rows.push({ ...row }));
  let kept = Buffer.alloc(0);
  for (let at = 0; at < text.length; at += partBytes) {
    kept = Buffer.concat([kept, text.subarray(at, at + partBytes)]);
    kept = Buffer.from(kept.subarray(parser.take(kept, kept.length)));
  }
  return rows;
}

it('reads every column that observe uses, and no row for the header', () => {
  const rows = rowsOf(table);
  expect(rows).toHaveLength(table.toString().trim().split('\n').length - 1);
  expect(rows[0]).toMatchObject({
    ...{ source: 0x0100007f, remote: 0, localPort: 8081, remotePort: 0, state: 10, receiveQueue: 0 },
    ...{ timer: 0, timerMs: 0, uid: 0, inode: 609941 },
  });
  expect(rows[2]).toMatchObject({
    localPort: 50024,
    remote: 0x0100007f,
    remotePort: 8081,
    state: 5,
    timer: 3,
    timerMs: 59_800,
  });
  expect(rows[5]).toMatchObject({ localPort: 8081, state: 8, inode: 609963 });
});

it('reads the same rows however read(2) cuts the file', () => {
  for (const partBytes of [1, 7, 149, 150, 151, 4096]) expect(rowsOf(table, partBytes)).toEqual(rowsOf(table));
});

it('reads IPv4 in tcp6, a user id of more than five digits and an inode of more than eight', () => {
  const header =
    '  sl  local_address                         remote_address                        st tx_queue rx_queue tr tm->when\n';
  const line =
    '   0: 0000000000000000FFFF0000010012C6:1F90 0000000000000000FFFF0000020012C6:A3F2 08 00000000:00000001 00:00000000 00000000 1000660000        0 4026531840 1 0000000000000000 20 4 30 10 -1\n';
  expect(rowsOf(Buffer.from(header + line))).toEqual([
    {
      source: 0x010012c6,
      localPort: 8080,
      remote: 0x020012c6,
      remotePort: 41970,
      ...{ state: 8, receiveQueue: 1, timer: 0, timerMs: 0, uid: 1000660000, inode: 4026531840 },
    },
  ]);
});

it('takes no row from a table that is empty, whatever an earlier read left in the buffer', () => {
  const header = Buffer.from(
    '  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n',
  );
  const buffer = Buffer.concat([header, Buffer.from('   0: '), table.subarray(-300)]);
  const rows: SocketRow[] = [];
  expect(new SocketRows((row) => rows.push({ ...row })).take(buffer, header.length)).toBe(header.length);
  const shifted = Buffer.concat([header, Buffer.from('xxxxxxxxx:'), table.subarray(-300)]);
  new SocketRows((row) => rows.push({ ...row })).take(shifted, header.length);
  expect(rows).toEqual([]);
});
