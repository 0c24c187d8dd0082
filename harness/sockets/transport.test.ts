import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { chooseTransport } from './choose.ts';
import type { Connection, ConnectionOwner } from './transport.ts';

/** A server on loopback that does `serve` with what it reads of each connection. */
async function serverThat(serve: (socket: Socket, text: string) => void) {
  const server = createServer({ allowHalfOpen: true }, (socket) => {
    socket.on('error', () => {});
    socket.on('data', (bytes) => serve(socket, bytes.toString('latin1')));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return { port: (server.address() as AddressInfo).port, close: () => server.close() };
}

interface Heard {
  events: string[];
  text: string;
}

/** Opens a connection as the engine does, early write and all, and resolves with what came of it. */
function talk(name: string, port: number, request: string, localAddress?: string): Promise<Heard> {
  return new Promise((resolve) => {
    const heard: Heard = { events: [], text: '' };
    let connection: Connection | null = null;
    const owner: ConnectionOwner = {
      connected: () => {
        heard.events.push('connected');
        connection?.write(request);
      },
      data: (bytes) => {
        heard.text += Buffer.from(bytes).toString('latin1');
      },
      ended: () => {
        heard.events.push('ended');
        connection?.close();
        resolve(heard);
      },
      failed: (phase, errno) => {
        heard.events.push(`${phase}/${errno}`);
        resolve(heard);
      },
    };
    connection = chooseTransport(name).open({
      target: { address: '127.0.0.1', port },
      localAddress,
      owner,
      peerEnds: true,
    });
    if (connection.writeEarly(Buffer.from(request))) heard.events.push('connected');
  });
}

describe.each(['tcp-handle', 'net-socket'])('%s', (name) => {
  let close: () => void = () => {};
  afterEach(() => close());

  it('hears the whole answer and the end, whatever the length of answers before', async () => {
    const server = await serverThat((socket, text) => socket.end('x'.repeat(Number(text))));
    close = server.close;
    for (const length of [10, 10, 100_000, 3, 10]) {
      const heard = await talk(name, server.port, String(length));
      expect(heard.text.length).toBe(length);
      expect(heard.events).toEqual(['connected', 'ended']);
    }
  });

  it('reports a refused connection once, as a failed connect', async () => {
    const server = await serverThat(() => {});
    server.close();
    const heard = await talk(name, server.port, 'hello');
    expect(heard.events).toEqual(['connect/ECONNREFUSED']);
  });

  it('hears a reset', async () => {
    const server = await serverThat((socket) =>
      socket.write('answer', () => setTimeout(() => socket.resetAndDestroy(), 50)),
    );
    close = server.close;
    const heard = await talk(name, server.port, 'hello');
    expect(heard).toEqual({ text: 'answer', events: ['connected', 'response/ECONNRESET'] });
  });

  it('hears what came before a reset, even if both are there at the first wake-up', async () => {
    const server = await serverThat((socket) => socket.write('answer', () => socket.resetAndDestroy()));
    close = server.close;
    const heard = await talk(name, server.port, 'hello');
    expect(heard.text).toBe('answer');
    // libuv reports a reset that is read along with data as an end (uv__stream_io, POLLHUP after a partial read).
    expect(['connected,ended', 'connected,response/ECONNRESET']).toContain(heard.events.join());
  });

  it('reports an address that is not its own as a failed bind', async () => {
    const server = await serverThat(() => {});
    close = server.close;
    const heard = await talk(name, server.port, 'hello', '198.18.255.1');
    expect(heard.events).toEqual(['bind/EADDRNOTAVAIL']);
  });

  it('places more than a socket buffer holds', async () => {
    let got = 0;
    const request = 'y'.repeat(8_000_000);
    const server = await serverThat((socket, text) => {
      got += text.length;
      if (got === request.length) socket.end('done');
    });
    close = server.close;
    const heard = await talk(name, server.port, request);
    expect(heard.events).toEqual(['connected', 'ended']);
    expect([got, heard.text]).toEqual([request.length, 'done']);
  });
});
