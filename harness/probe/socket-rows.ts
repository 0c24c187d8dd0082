/** One row of /proc/net/tcp or tcp6. The parser fills the same object for every row: copy what you keep. */
export interface SocketRow {
  /**
   * Addresses: of IPv4, in IPv6 too, the number that the kernel writes in hexadecimal; of IPv6 those 32 digits
   * themselves (proc-address.ts makes text of either). Numbers, because two strings a row take most of the time.
   */
  source: number | string;
  remote: number | string;
  localPort: number;
  remotePort: number;
  /** The kernel's state number (include/net/tcp_states.h). */
  state: number;
  /** Of a listener: connections that wait for accept(). Of others: bytes that wait to be read. */
  receiveQueue: number;
  /** `tr`: which timer runs; 3 is that of a timewait socket. */
  timer: number;
  /** Until that timer ends, ms; resolution 10 ms. A TIME_WAIT whose time is up has 0 until the timer wheel's next step. */
  timerMs: number;
  /** Owner of the socket: user id. 0 for TIME_WAIT. */
  uid: number;
  /** 0: no process has it open any more (TIME_WAIT, orphans). */
  inode: number;
}

const newline = 10;
const space = 32;
const colon = 58;
/** From the remote port's colon to the end of the shortest row: port, state, both queues, timer, retrnsmt, uid, timeout, inode. */
const leastAfterRemote = 64;

/** Value of a hexadecimal digit by its character code. */
const digit = new Uint8Array(256);
for (let i = 0; i < 16; i++) {
  digit[i.toString(16).toUpperCase().charCodeAt(0)] = i;
  digit[i.toString(16).charCodeAt(0)] = i;
}

/**
 * Reads rows from parts of the file as read(2) returns them. Hand-written, because a regular expression and its strings
 * take several times as long and a host may have 250,000 sockets (bench/README.md). Source: net/ipv4/tcp_ipv4.c
 * get_tcp4_sock, get_timewait4_sock; net/ipv6/tcp_ipv6.c has the same columns with longer addresses.
 */
export class SocketRows {
  private readonly row: SocketRow = {
    ...{ source: 0, remote: 0, localPort: 0, remotePort: 0, state: 0, receiveQueue: 0 },
    ...{ timer: 0, timerMs: 0, uid: 0, inode: 0 },
  };
  private readonly onRow: (row: SocketRow) => void;
  private next = 0;

  constructor(onRow: (row: SocketRow) => void) {
    this.onRow = onRow;
  }

  /** Reads the whole lines in the first `length` bytes; returns how many bytes they take. The header has no row. */
  take(buffer: Buffer, length: number): number {
    let start = 0;
    for (;;) {
      const end = buffer.indexOf(newline, start);
      if (end < 0 || end >= length) return start;
      this.line(buffer, start, end);
      start = end + 1;
    }
  }

  private line(buffer: Buffer, start: number, end: number): void {
    let at = start;
    while (at < end && buffer[at] !== colon) at++;
    at += 2;
    const localEnd = buffer.indexOf(colon, at);
    const width = localEnd - at;
    // The header has no colon: what was found belongs to another line, or to an earlier read.
    if (localEnd < 0 || localEnd > end || (width !== 8 && width !== 32)) return;
    const row = this.row;
    const remote = localEnd + 6;
    // What is cut, or has other columns, is no row: everything below is at a fixed place up to the timer.
    if (buffer[remote + width] !== colon || remote + width + leastAfterRemote > end) return;
    row.source = addressAt(buffer, at, width);
    row.localPort = hex(buffer, localEnd + 1, 4);
    row.remote = addressAt(buffer, remote, width);
    row.remotePort = hex(buffer, remote + width + 1, 4);
    const rest = remote + width + 6;
    row.state = hex(buffer, rest, 2);
    row.receiveQueue = hex(buffer, rest + 12, 8);
    row.timer = hex(buffer, rest + 21, 2);
    let next = rest + 24;
    let ticks = 0;
    for (; next < end && buffer[next] !== space; next++) ticks = ticks * 16 + (digit[buffer[next] as number] as number);
    row.timerMs = ticks * 10;
    // retrnsmt (eight digits) is skipped; uid, timeout and inode are padded with spaces.
    this.next = next + 9;
    row.uid = this.decimal(buffer, end);
    this.decimal(buffer, end);
    row.inode = this.decimal(buffer, end);
    this.onRow(row);
  }

  /** The decimal number at or after `next`. */
  private decimal(buffer: Buffer, end: number): number {
    let at = this.next;
    while (at < end && buffer[at] === space) at++;
    let value = 0;
    for (; at < end && isDecimal(buffer[at] as number); at++) value = value * 10 + ((buffer[at] as number) - 48);
    this.next = at;
    return value;
  }
}

function isDecimal(code: number): boolean {
  return code >= 48 && code <= 57;
}

const mapped = '0000000000000000FFFF0000';

function addressAt(buffer: Buffer, at: number, width: number): number | string {
  if (width === 8) return hex(buffer, at, 8);
  const digits = buffer.toString('latin1', at, at + width);
  return digits.startsWith(mapped) ? hex(buffer, at + mapped.length, 8) : digits;
}

function hex(buffer: Buffer, from: number, length: number): number {
  let value = 0;
  for (let i = from; i < from + length; i++) value = value * 16 + (digit[buffer[i] as number] as number);
  return value;
}
