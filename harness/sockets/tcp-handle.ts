import { getSystemErrorName } from 'node:util';
import type { Target } from '../model/protocol.ts';
import {
  type Connection,
  type ConnectionOwner,
  connectPhase,
  type Listener,
  type ListenOptions,
  type Transport,
} from './transport.ts';

/*
 * Node's own TCP handle without the stream layer. net.Socket spends more time on its state machine than the
 * kernel on a short connection (bench/README.md). The binding is not documented API, therefore: this one
 * file, a feature test before use, and net-socket.ts with the same semantics where it fails.
 * Source: node lib/net.js and src/stream_base.cc, v20.
 */

interface TcpHandle {
  owner: HandleConnection;
  onread: (this: TcpHandle) => void;
  onconnection: (status: number, handle: TcpHandle) => void;
  bind(address: string, port: number): number;
  listen(backlog: number): number;
  connect(request: object, address: string, port: number): number;
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

/** The thin transport, or `null` where this Node does not offer all of what it needs. */
export function tcpHandleTransport(): Transport | null {
  let binding: Binding;
  try {
    binding = loadBinding();
    const probe = new binding.TCP(binding.constants.SOCKET);
    const needed = ['connect', 'bind', 'listen', 'readStart', 'useUserBuffer', 'writeLatin1String', 'close', 'reset'];
    const complete = needed.every((name) => typeof (probe as unknown as Record<string, unknown>)[name] === 'function');
    probe.close();
    if (!complete || !(binding.state instanceof Int32Array) || typeof binding.WriteWrap !== 'function') return null;
  } catch {
    return null;
  }
  // Reads are handled before the next one starts, so that one buffer serves every connection of the thread.
  const buffer = new Uint8Array(65536);
  const readEnd: ReadEnd = { binding, buffer, spareRequest: null };

  return {
    name: 'tcp-handle',
    open(target, localAddress, owner) {
      return openConnection(readEnd, target, localAddress, owner);
    },
    listen(options) {
      return listen(readEnd, options);
    },
  };
}

interface ReadEnd {
  binding: Binding;
  buffer: Uint8Array;
  spareRequest: InstanceType<Binding['WriteWrap']> | null;
}

class HandleConnection implements Connection {
  connectCallMs = 0;
  owner: ConnectionOwner | null;
  /** A local address was bound before connect(2). */
  isBound = false;
  private open = true;
  private pendingWrites = 0;
  private closeAfterWrites = false;
  readonly end: ReadEnd;
  private readonly handle: TcpHandle;

  constructor(end: ReadEnd, handle: TcpHandle, owner: ConnectionOwner | null) {
    this.end = end;
    this.handle = handle;
    this.owner = owner;
    handle.owner = this;
  }

  /** libuv keeps bind(2)'s EADDRINUSE back and returns it from connect (uv__tcp_bind, delayed_error). */
  openPhase(status: number): 'bind' | 'connect' {
    return this.isBound && getSystemErrorName(status) === 'EADDRINUSE' ? 'bind' : 'connect';
  }

  startReading(): void {
    this.handle.useUserBuffer(this.end.buffer);
    this.handle.onread = onRead;
    const status = this.handle.readStart();
    if (status < 0) this.fail('response', status);
  }

  received(bytesOrError: number): void {
    const owner = this.owner;
    if (owner === null || !this.open) return;
    if (bytesOrError > 0) {
      owner.data(this.end.buffer.subarray(0, bytesOrError));
    } else if (bytesOrError === endOfFile) {
      owner.ended();
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

function onRead(this: TcpHandle): void {
  const connection = this.owner;
  const { state, kReadBytesOrError } = connection.end.binding;
  connection.received(state[kReadBytesOrError] as number);
}

/** Called with the handle that connected: one function for all, not a closure for each. */
function onConnected(status: number, handle: TcpHandle): void {
  const connection = handle.owner;
  if (status < 0) {
    connection.fail(connection.openPhase(status), status);
  } else if (connection.owner !== null) {
    connection.startReading();
    connection.owner?.connected();
  }
}

function openConnection(
  end: ReadEnd,
  target: Target,
  localAddress: string | undefined,
  owner: ConnectionOwner,
): Connection {
  const { TCP, TCPConnectWrap, constants } = end.binding;
  const handle = new TCP(constants.SOCKET);
  const connection = new HandleConnection(end, handle, owner);
  connection.isBound = localAddress !== undefined;
  const request = new TCPConnectWrap();
  request.oncomplete = onConnected;
  const startedAt = performance.now();
  if (localAddress !== undefined) {
    const bound = handle.bind(localAddress, 0);
    if (bound < 0) {
      connection.connectCallMs = performance.now() - startedAt;
      connection.fail('bind', bound);
      return connection;
    }
  }
  const status = handle.connect(request, target.address, target.port);
  connection.connectCallMs = performance.now() - startedAt;
  if (status < 0) connection.fail(connection.openPhase(status), status);
  return connection;
}

async function listen(end: ReadEnd, options: ListenOptions): Promise<Listener> {
  const { TCP, constants } = end.binding;
  const server = new TCP(constants.SERVER);
  server.onconnection = (status, handle) => {
    // A failed accept (ECONNABORTED, EMFILE) concerns that connection alone; the client's counts show it.
    if (status < 0) return;
    const connection = new HandleConnection(end, handle, null);
    connection.owner = options.accept(connection);
    connection.startReading();
  };
  const status = server.bind(options.address, options.port) || server.listen(options.backlog);
  if (status < 0) {
    server.close();
    throw Object.assign(new Error(`listen ${options.address}:${options.port}: ${getSystemErrorName(status)}`), {
      code: getSystemErrorName(status),
    });
  }
  return { close: () => new Promise((resolve) => server.close(resolve)) };
}
