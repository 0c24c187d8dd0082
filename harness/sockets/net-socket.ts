import { createServer, Socket } from 'node:net';
import type { FailurePhase } from '../model/vocabulary.ts';
import { type Connection, type ConnectionOwner, connectPhase, type Transport } from './transport.ts';

/** The documented path to sockets: net.Socket. Slower than tcp-handle.ts, same semantics. */
export const netSocketTransport: Transport = {
  name: 'net-socket',
  open({ target, localAddress, owner }) {
    const socket = new Socket({ allowHalfOpen: true });
    const connection = new SocketConnection(socket, owner, 'connect');
    socket.once('connect', () => {
      connection.phase = 'response';
      connection.owner?.connected();
    });
    const startedAt = performance.now();
    socket.connect({ host: target.address, port: target.port, ...(localAddress && { localAddress }) });
    connection.connectCallMs = performance.now() - startedAt;
    return connection;
  },
  listen(options) {
    const server = createServer({ allowHalfOpen: true }, (socket) => {
      const connection = new SocketConnection(socket, null, 'response');
      connection.owner = options.accept(connection);
    });
    return new Promise((resolve, reject) => {
      server.once('error', reject);
      server.listen({ host: options.address, port: options.port, backlog: options.backlog }, () => {
        server.removeListener('error', reject);
        resolve({ close: () => new Promise((done) => server.close(() => done())) });
      });
    });
  },
};

class SocketConnection implements Connection {
  connectCallMs = 0;
  owner: ConnectionOwner | null;
  phase: FailurePhase;
  private readonly socket: Socket;

  constructor(socket: Socket, owner: ConnectionOwner | null, phase: FailurePhase) {
    this.socket = socket;
    this.owner = owner;
    this.phase = phase;
    socket.on('data', (bytes) => this.owner?.data(bytes));
    socket.once('end', () => this.owner?.ended());
    socket.once('error', (error: NodeJS.ErrnoException) => this.fail(error));
  }

  private fail(error: NodeJS.ErrnoException): void {
    const owner = this.owner;
    this.owner = null;
    const errno = error.code ?? 'EUNKNOWN';
    let phase = this.phase;
    if (phase === 'connect') phase = error.syscall === 'bind' ? 'bind' : connectPhase(errno);
    else if (error.syscall === 'write') phase = 'request';
    owner?.failed(phase, errno);
  }

  /** net.Socket has no way to write before its 'connect'. */
  writeEarly(): boolean {
    return false;
  }

  localPort(): number {
    return this.socket.localPort ?? 0;
  }

  write(text: string): void {
    this.socket.write(text, 'latin1');
  }

  close(): void {
    if (this.owner === null) return;
    this.owner = null;
    // destroy() drops what is not yet written; end() first lets it out, then close(2) sends the FIN.
    if (this.socket.writableLength === 0) this.socket.destroy();
    else this.socket.end(() => this.socket.destroy());
  }

  reset(): void {
    if (this.owner === null) return;
    this.owner = null;
    this.socket.resetAndDestroy();
  }
}
