import type { Target } from '../model/protocol.ts';
import type { FailurePhase } from '../model/vocabulary.ts';

/** What a connection reports to its owner. Each of `ended` and `failed` comes at most once, nothing after it. */
export interface ConnectionOwner {
  connected(): void;
  /** `bytes` is only valid during the call. */
  data(bytes: Uint8Array): void;
  /** The other side's FIN has been read. */
  ended(): void;
  /** May come before open() returns. The socket is closed already. */
  failed(phase: FailurePhase, errno: string): void;
}

/** An own end of a connection. */
export interface Connection {
  /** Time inside connect(2) or connect's whole synchronous part. Milliseconds. */
  readonly connectCallMs: number;
  /**
   * Right after open(): writes if connect(2) has established the connection already, as it has where the handshake
   * runs inside it (loopback, veth). A blocking client does the same. True: taken, connected() will not come. False:
   * wait for connected(), unless failed() came.
   */
  writeEarly(bytes: Uint8Array): boolean;
  /** Own port; 0 where it is closed. One system call. */
  localPort(): number;
  write(text: string): void;
  /** close(2): FIN after what was written. Idempotent. */
  close(): void;
  /** close(2) with SO_LINGER 0: RST, unsent data is lost. Idempotent. */
  reset(): void;
}

/** A way to sockets. Two exist, same semantics, tested by the same tests: thin handles and net.Socket. */
export interface Transport {
  readonly name: 'tcp-handle' | 'net-socket';
  open(options: OpenOptions): Connection;
  listen(options: ListenOptions): Promise<Listener>;
}

export interface OpenOptions {
  target: Target;
  /** Present: bind(2) to it with port 0 before connect(2). */
  localAddress: string | undefined;
  owner: ConnectionOwner;
  /** The peer ends the connection right after its answer: a hint to look for its FIN along with the answer. */
  peerEnds: boolean;
}

export interface ListenOptions extends Target {
  backlog: number;
  /** Called for each accepted connection; returns its owner. */
  accept(connection: Connection): ConnectionOwner;
}

export interface Listener {
  close(): Promise<void>;
}

/** An errno that is about the process's descriptors and not about the connection. */
export function connectPhase(errno: string): FailurePhase {
  return errno === 'EMFILE' || errno === 'ENFILE' || errno === 'ENOBUFS' ? 'socket' : 'connect';
}
