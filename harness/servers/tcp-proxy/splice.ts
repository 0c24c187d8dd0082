import { connect, createServer, type Server, type Socket } from 'node:net';

export interface SpliceOptions {
  /** Address to listen on. */
  address: string;
  port: number;
  /** Next hops, used in turn. */
  upstreams: readonly { address: string; port: number }[];
  /** Called with the errno of each connect() to a next hop that failed. */
  onRefused(errno: string): void;
}

const backlog = 4096;

/**
 * A userland TCP proxy: for each connection it accepts it opens one to a next hop, copies bytes both ways, and passes each
 * FIN on. A client whose next hop cannot be reached is closed, as docker-proxy does: it sees the end of a connection that
 * was established, and no errno. Resolves when it listens.
 */
export function listenAndSplice(options: SpliceOptions): Promise<Server> {
  let nth = 0;
  const server = createServer({ allowHalfOpen: true, noDelay: true }, (client) => {
    const next = options.upstreams[nth++ % options.upstreams.length];
    if (next === undefined) client.destroy();
    else splice(client, next, options.onRefused);
  });
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen({ host: options.address, port: options.port, backlog }, () => resolve(server));
  });
}

function splice(
  client: Socket,
  { address, port }: { address: string; port: number },
  onRefused: (errno: string) => void,
): void {
  const upstream = connect({ host: address, port, allowHalfOpen: true, noDelay: true });
  let isConnected = false;
  upstream.once('connect', () => {
    isConnected = true;
  });
  upstream.once('error', (error: NodeJS.ErrnoException) => {
    if (!isConnected) onRefused(error.code ?? 'EUNKNOWN');
    client.destroy();
  });
  client.once('error', () => upstream.destroy());
  client.pipe(upstream).pipe(client);
}
