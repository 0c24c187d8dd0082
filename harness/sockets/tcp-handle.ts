import { writeSync } from 'node:fs';
import { isIPv6 } from 'node:net';
import { performance } from 'node:perf_hooks';
import { getSystemErrorName } from 'node:util';
import {
  type Connection,
  type ConnectionOwner,
  connectPhase,
  type Listener,
  type ListenOptions,
  type OpenOptions,
  type Transport,
} from './transport.ts';

/*
 * Node's own TCP handle without the stream layer. net.Socket spends more time on its state machine than the
 * kernel on a short connection (bench/README.md). The binding is not documented API, therefore: this one
 * file, a feature test before use, and net-socket.ts with the same semantics where it fails.
 * Source: node lib/net.js and src/stream_base.cc, v20.
 */

interface TcpHandle {
  readonly fd: number;
  owner: HandleConnection;
  onread: (this: TcpHandle) => void;
  onconnection: (status: number, handle: TcpHandle) => void;
  bind(address: string, port: number): number;
  bind6(address: string, port: number, flags: number): number;
  listen(backlog: number): number;
  connect(request: object, address: string, port: number): number;
  connect6(request: object, address: string, port: number): number;
  getsockname(into: { port?: number }): number;
  useUserBuffer(buffer: Uint8Array): void;
  readStart(): number;
  writeLatin1String(request: object, text: string): number;
  close(done?: () => void): void;
  reset(done?: () => void): number;
  unref(): void;
}

interface Binding {
  TCP: new (kind: number) => TcpHandle;
  TCPConnectWrap: new () => { oncomplete: (status: number, handle: TcpHandle) => void };
  WriteWrap: new () => { oncomplete: (status: number) => void };
  constants: { SOCKET: number; SERVER: number };
  state: Int32Array;
  kReadBytesOrError: number;
  kLastWriteWasAsync: number;
}

function loadBinding(): Binding {
  const get = (process as unknown as { binding(name: string): Record<string, unknown> }).binding;
  const tcp = get.call(process, 'tcp_wrap') as unknown as Pick<Binding, 'TCP' | 'TCPConnectWrap' | 'constants'>;
  const stream = get.call(process, 'stream_wrap') as unknown as {
    WriteWrap: Binding['WriteWrap'];
    streamBaseState: Int32Array;
    kReadBytesOrError: number;
    kLastWriteWasAsync: number;
  };
  return {
    TCP: tcp.TCP,
    TCPConnectWrap: tcp.TCPConnectWrap,
    constants: tcp.constants,
    WriteWrap: stream.WriteWrap,
    state: stream.streamBaseState,
    kReadBytesOrError: stream.kReadBytesOrError,
    kLastWriteWasAsync: stream.kLastWriteWasAsync,
  };
}

const endOfFile = -4095; // UV_EOF
/** After so many connections in a row that were not established when connect(2) returned, writing early is given up. */
const mostEarlyMisses = 3;

/** The thin transport, or `null` where this Node does not offer all of what it needs. */
export function tcpHandleTransport(): Transport | null {
  let binding: Binding;
  try {
    binding = loadBinding();
    const probe = new binding.TCP(binding.constants.SOCKET);
    const needed = [
      ...['connect', 'connect6', 'bind', 'bind6', 'listen', 'readStart', 'useUserBuffer'],
      ...['writeLatin1String', 'close', 'reset'],
    ];
    const complete = needed.every((name) => typeof (probe as unknown as Record<string, unknown>)[name] === 'function');
    probe.close();
    if (!complete || !(binding.state instanceof Int32Array) || typeof binding.WriteWrap !== 'function') return null;
  } catch {
    return null;
  }
  // Reads are handled before the next one starts, so that one buffer serves every connection of the thread.
  const buffer = new Uint8Array(65536);
  const end: ThreadEnd = { binding, buffer, answer: buffer.subarray(0, 1), spareRequest: null, earlyMisses: 0 };

  return {
    name: 'tcp-handle',
    open(options) {
      return openConnection(end, options);
    },
    listen(options) {
      return listen(end, options);
    },
  };
}

/** What the connections of a thread share. */
interface ThreadEnd {
  binding: Binding;
  buffer: Uint8Array;
  /** The part of `buffer` that the longest answer so far took, of connections whose peer ends them. */
  answer: Uint8Array;
  earlyMisses: number;
  spareRequest: InstanceType<Binding['WriteWrap']> | null;
}

class HandleConnection implements Connection {
  connectCallMs = 0;
  owner: ConnectionOwner | null;
  /** A local address was bound before connect(2). */
  isBound = false;
  /** See OpenOptions. */
  peerEnds = false;
  private isEarly = false;
  /** The error that libuv took for connect(2)'s, after an early write; 0: none. */
  private resetBy = 0;
  /** What writeEarly() could not place in the socket's buffer. */
  private unwritten = '';
  private open = true;
  private pendingWrites = 0;
  private closeAfterWrites = false;
  readonly end: ThreadEnd;
  private readonly handle: TcpHandle;

  constructor(end: ThreadEnd, handle: TcpHandle, owner: ConnectionOwner | null) {
    this.end = end;
    this.handle = handle;
    this.owner = owner;
    handle.owner = this;
  }

  /** libuv keeps bind(2)'s EADDRINUSE back and returns it from connect (uv__tcp_bind, delayed_error). */
  openPhase(status: number): 'bind' | 'connect' {
    return this.isBound && getSystemErrorName(status) === 'EADDRINUSE' ? 'bind' : 'connect';
  }

  /**
   * libuv reads on as long as a read fills its buffer and else waits for the next wake-up (uv__read). So a buffer
   * just as long as the answer makes it find the FIN behind it at once.
   */
  startReading(): void {
    const { answer, buffer } = this.end;
    this.handle.useUserBuffer(this.peerEnds && answer.length > 1 ? answer : buffer);
    this.handle.onread = onRead;
    const status = this.handle.readStart();
    if (status < 0) this.fail('response', status);
  }

  /** Called when libuv learns how connect(2) ended. */
  connectEnded(status: number): void {
    if (this.isEarly) {
      // What came before a reset is still there to be read, and the reset itself then reads as an end.
      if (status < 0) this.resetBy = status;
      else if (this.unwritten !== '') this.write(this.unwritten);
    } else if (status < 0) {
      this.fail(this.openPhase(status), status);
    } else if (this.owner !== null) {
      this.startReading();
      this.owner?.connected();
    }
  }

  writeEarly(bytes: Uint8Array): boolean {
    const { end } = this;
    if (!this.open || end.earlyMisses >= mostEarlyMisses) return false;
    let written: number;
    try {
      written = writeSync(this.handle.fd, bytes);
    } catch (error) {
      const { errno = 0, code } = error as NodeJS.ErrnoException;
      // The kernel reports an error once, and libuv would not see it any more. EPIPE is none: connect(2) was never called,
      // because libuv keeps bind(2)'s error back (openPhase).
      if (code === 'EAGAIN') end.earlyMisses++;
      else if (code !== 'EPIPE') this.fail('connect', errno);
      return false;
    }
    end.earlyMisses = 0;
    this.isEarly = true;
    if (written < bytes.length) this.unwritten = Buffer.from(bytes.subarray(written)).toString('latin1');
    this.startReading();
    return this.open;
  }

  received(bytesOrError: number): void {
    const owner = this.owner;
    if (owner === null || !this.open) return;
    if (bytesOrError > 0) {
      owner.data(received(this.end, bytesOrError, this.peerEnds));
    } else if (bytesOrError === endOfFile) {
      if (this.resetBy === 0) owner.ended();
      else this.fail('response', this.resetBy);
    } else if (bytesOrError < 0) {
      this.fail('response', bytesOrError);
    }
  }

  fail(phase: 'connect' | 'bind' | 'request' | 'response', status: number): void {
    if (!this.open) return;
    this.open = false;
    this.handle.close();
    const errno = getSystemErrorName(status);
    const owner = this.owner;
    this.owner = null;
    owner?.failed(phase === 'connect' ? connectPhase(errno) : phase, errno);
  }

  localPort(): number {
    const name: { port?: number } = {};
    if (this.open) this.handle.getsockname(name);
    return name.port ?? 0;
  }

  write(text: string): void {
    if (!this.open) return;
    const { WriteWrap, state, kLastWriteWasAsync } = this.end.binding;
    // A write that the kernel takes at once never touches its request (StreamBase::Write): one serves them all
    // until a write has to wait, which then keeps it.
    this.end.spareRequest ??= new WriteWrap();
    const request = this.end.spareRequest;
    const status = this.handle.writeLatin1String(request, text);
    if (status < 0) {
      this.fail('request', status);
    } else if (state[kLastWriteWasAsync]) {
      this.end.spareRequest = null;
      this.pendingWrites++;
      request.oncomplete = (late) => {
        this.pendingWrites--;
        if (late < 0) this.fail('request', late);
        else if (this.closeAfterWrites && this.pendingWrites === 0) this.close();
      };
    }
  }

  close(): void {
    if (!this.open) return;
    if (this.pendingWrites > 0) {
      this.closeAfterWrites = true;
      return;
    }
    this.open = false;
    this.owner = null;
    this.handle.close();
  }

  reset(): void {
    if (!this.open) return;
    this.open = false;
    this.owner = null;
    if (this.handle.reset() < 0) this.handle.close();
  }
}

/** The first `length` bytes of the buffer; a view is made only where their number is not that of the last answer. */
function received(end: ThreadEnd, length: number, peerEnds: boolean): Uint8Array {
  if (length === end.answer.length) return end.answer;
  const bytes = end.buffer.subarray(0, length);
  if (peerEnds && length > end.answer.length) end.answer = bytes;
  return bytes;
}

function onRead(this: TcpHandle): void {
  const connection = this.owner;
  const { state, kReadBytesOrError } = connection.end.binding;
  connection.received(state[kReadBytesOrError] as number);
}

/** Called with the handle that connected: one function for all, not a closure for each. */
function onConnected(status: number, handle: TcpHandle): void {
  handle.owner.connectEnded(status);
}

function openConnection(end: ThreadEnd, { target, localAddress, owner, peerEnds }: OpenOptions): Connection {
  const { TCP, TCPConnectWrap, constants } = end.binding;
  const handle = new TCP(constants.SOCKET);
  const connection = new HandleConnection(end, handle, owner);
  connection.isBound = localAddress !== undefined;
  connection.peerEnds = peerEnds;
  const request = new TCPConnectWrap();
  request.oncomplete = onConnected;
  const startedAt = performance.now();
  if (localAddress !== undefined) {
    const bound = bindTo(handle, localAddress, 0);
    if (bound < 0) {
      connection.connectCallMs = performance.now() - startedAt;
      connection.fail('bind', bound);
      return connection;
    }
  }
  const status = isIPv6(target.address)
    ? handle.connect6(request, target.address, target.port)
    : handle.connect(request, target.address, target.port);
  connection.connectCallMs = performance.now() - startedAt;
  if (status < 0) connection.fail(connection.openPhase(status), status);
  return connection;
}

function bindTo(handle: TcpHandle, address: string, port: number): number {
  return isIPv6(address) ? handle.bind6(address, port, 0) : handle.bind(address, port);
}

async function listen(end: ThreadEnd, options: ListenOptions): Promise<Listener> {
  const { TCP, constants } = end.binding;
  const server = new TCP(constants.SERVER);
  server.onconnection = (status, handle) => {
    // A failed accept (ECONNABORTED, EMFILE) concerns that connection alone; the client's counts show it.
    if (status < 0) return;
    const connection = new HandleConnection(end, handle, null);
    connection.owner = options.accept(connection);
    connection.startReading();
  };
  const status = bindTo(server, options.address, options.port) || server.listen(options.backlog);
  if (status < 0) {
    server.close();
    throw Object.assign(new Error(`listen ${options.address}:${options.port}: ${getSystemErrorName(status)}`), {
      code: getSystemErrorName(status),
    });
  }
  return { close: () => new Promise((resolve) => server.close(resolve)) };
}
