import type { SocketRow } from './socket-rows.ts';

/** nlmsghdr and inet_diag_msg (linux/netlink.h, linux/inet_diag.h). */
const headerBytes = 16;
const messageBytes = headerBytes + 72;
const sockDiagByFamily = 20;
const inet = 2;
const inet6 = 10;

/**
 * Reads rows from what `ss -tan -D -` prints: the answers of sock_diag(7) as the kernel sent them, one of about 100 bytes a
 * socket. Numbers are in this machine's byte order, little-endian on the usual platforms of Node; ports and addresses in
 * network order, read like those of /proc/net/tcp.
 */
export class DiagRows {
  private readonly row: SocketRow = {
    ...{ source: 0, remote: 0, localPort: 0, remotePort: 0, state: 0, receiveQueue: 0 },
    ...{ timer: 0, timerMs: 0, uid: 0, inode: 0 },
  };
  private readonly onRow: (row: SocketRow) => void;

  constructor(onRow: (row: SocketRow) => void) {
    this.onRow = onRow;
  }

  /** Reads the whole messages in the first `length` bytes; returns how many bytes they take. */
  take(buffer: Buffer, length: number): number {
    let start = 0;
    while (length - start >= headerBytes) {
      const bytes = buffer.readUInt32LE(start);
      if (bytes < headerBytes) throw new Error('ss -D printed something else than netlink messages');
      if (length - start < bytes) break;
      if (buffer.readUInt16LE(start + 4) === sockDiagByFamily && bytes >= messageBytes) this.message(buffer, start);
      // Each message begins at a multiple of four (NLMSG_ALIGN).
      start += (bytes + 3) & ~3;
    }
    return Math.min(start, length);
  }

  private message(buffer: Buffer, at: number): void {
    const family = buffer[at + 16];
    if (family !== inet && family !== inet6) return;
    const row = this.row;
    row.state = buffer[at + 17] as number;
    row.timer = buffer[at + 18] as number;
    row.localPort = buffer.readUInt16BE(at + 20);
    row.remotePort = buffer.readUInt16BE(at + 22);
    row.source = addressAt(buffer, at + 24, family);
    row.remote = addressAt(buffer, at + 40, family);
    row.timerMs = buffer.readUInt32LE(at + 68);
    row.receiveQueue = buffer.readUInt32LE(at + 72);
    row.uid = buffer.readUInt32LE(at + 80);
    row.inode = buffer.readUInt32LE(at + 84);
    this.onRow(row);
  }
}

/** IPv4 in IPv6 (`::ffff:198.18.0.1`) is IPv4: it uses the same ports. */
function addressAt(buffer: Buffer, at: number, family: number): number | string {
  if (family === inet) return buffer.readUInt32LE(at);
  const words = [0, 4, 8, 12].map((offset) => buffer.readUInt32LE(at + offset));
  if (words[0] === 0 && words[1] === 0 && words[2] === 0xffff0000) return words[3] as number;
  return words.map((word) => word.toString(16).toUpperCase().padStart(8, '0')).join('');
}
