import type { SocketRow } from './socket-rows.ts';

/** nlmsghdr and inet_diag_msg (linux/netlink.h, linux/inet_diag.h). */
const headerBytes = 16;
const messageBytes = headerBytes + 72;
/** Far more than the kernel puts into an answer about one socket. */
const longestBytes = 4096;
const sockDiagByFamily = 20;
const inet = 2;
const inet6 = 10;
const timeWait = 6;

/** What takes the rows. */
export interface RowSink {
  /** A TIME_WAIT over IPv4, of which a busy host has nothing but: numbers, so that no object is made or filled. */
  addTimeWait(source: number, remote: number, localPort: number, remotePort: number, timerMs: number): void;
  /** Any other socket. The same object for every row: copy what you keep. */
  add(row: SocketRow): void;
}

/**
 * Reads rows from what `ss -tan -D -` prints: the answers of sock_diag(7) as the kernel sent them, one of about 100 bytes a
 * socket. Numbers are in this machine's byte order, little-endian on the usual platforms of Node; ports and addresses in
 * network order, read like those of /proc/net/tcp. One loop over whole words: an observation reads the table only once or
 * twice, and the engine compiles one loop sooner than a dozen small functions (bench/README.md).
 */
export class DiagRows {
  private readonly row: SocketRow = {
    ...{ source: 0, remote: 0, localPort: 0, remotePort: 0, state: 0, receiveQueue: 0 },
    ...{ timer: 0, timerMs: 0, uid: 0, inode: 0 },
  };
  private readonly sink: RowSink;
  /** Beginning of a message whose rest was not read yet. */
  private kept: Uint8Array = new Uint8Array(0);
  private isBroken = false;

  constructor(sink: RowSink) {
    this.sink = sink;
  }

  /** Reads the next part of the output, which may end anywhere in a message. False: these are no netlink messages. */
  take(part: Uint8Array): boolean {
    if (this.isBroken) return false;
    let from = 0;
    // Only the message that two parts share is copied, not all of the second part.
    while (this.kept.length > 0 && from < part.length) {
      const missing = sizeOf(this.kept) - this.kept.length;
      const more = part.subarray(from, from + missing);
      from += more.length;
      this.kept = joined(this.kept, more);
      if (this.kept.length >= sizeOf(this.kept)) this.kept = this.kept.subarray(this.messages(this.kept));
    }
    if (this.kept.length > 0) return !this.isBroken;
    const rest = part.subarray(from);
    this.kept = new Uint8Array(rest.subarray(this.messages(rest)));
    return !this.isBroken;
  }

  /** Reads the whole messages; returns how many bytes they take. */
  private messages(bytes: Uint8Array): number {
    const aligned = bytes.byteOffset % 4 === 0 ? bytes : new Uint8Array(bytes);
    const words = new Uint32Array(aligned.buffer, aligned.byteOffset, aligned.length >> 2);
    const { sink } = this;
    let at = 0;
    while (at + 4 <= words.length) {
      const size = words[at] as number;
      if (size < headerBytes || size > longestBytes) this.isBroken = true;
      if (this.isBroken) return bytes.length;
      // Each message begins at a multiple of four (NLMSG_ALIGN).
      const next = at + ((size + 3) >> 2);
      if (next > words.length) break;
      if (((words[at + 1] as number) & 0xffff) === sockDiagByFamily && size >= messageBytes) {
        const kind = words[at + 4] as number;
        if ((kind & 0xffff) === inet + timeWait * 256) {
          const ports = words[at + 5] as number;
          sink.addTimeWait(
            words[at + 6] as number,
            words[at + 10] as number,
            ((ports & 0xff) << 8) | ((ports >>> 8) & 0xff),
            ((ports >>> 8) & 0xff00) | (ports >>> 24),
            words[at + 17] as number,
          );
        } else this.message(words, at);
      }
      at = next;
    }
    return at * 4;
  }

  private message(words: Uint32Array, at: number): void {
    const kind = words[at + 4] as number;
    const family = kind & 0xff;
    if (family !== inet && family !== inet6) return;
    const ports = words[at + 5] as number;
    const row = this.row;
    row.state = (kind >>> 8) & 0xff;
    row.timer = (kind >>> 16) & 0xff;
    row.localPort = ((ports & 0xff) << 8) | ((ports >>> 8) & 0xff);
    row.remotePort = ((ports >>> 8) & 0xff00) | (ports >>> 24);
    row.source = addressAt(words, at + 6, family);
    row.remote = addressAt(words, at + 10, family);
    row.timerMs = words[at + 17] as number;
    row.receiveQueue = words[at + 18] as number;
    row.uid = words[at + 20] as number;
    row.inode = words[at + 21] as number;
    this.sink.add(row);
  }
}

/** Bytes of the message that these begin, as far as they say; at least its header. */
function sizeOf(bytes: Uint8Array): number {
  if (bytes.length < 4) return headerBytes;
  const size = new DataView(bytes.buffer, bytes.byteOffset).getUint32(0, true);
  return Math.min(longestBytes, Math.max(headerBytes, (size + 3) & ~3) >>> 0);
}

function joined(a: Uint8Array, b: Uint8Array): Uint8Array {
  const all = new Uint8Array(a.length + b.length);
  all.set(a);
  all.set(b, a.length);
  return all;
}

/** IPv4 in IPv6 (`::ffff:198.18.0.1`) is IPv4: it uses the same ports. */
function addressAt(words: Uint32Array, at: number, family: number): number | string {
  if (family === inet) return words[at] as number;
  const all = [...words.subarray(at, at + 4)];
  if (all[0] === 0 && all[1] === 0 && all[2] === 0xffff0000) return all[3] as number;
  return all.map((word) => word.toString(16).toUpperCase().padStart(8, '0')).join('');
}
