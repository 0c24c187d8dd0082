import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { afterEach, expect, it } from 'vitest';
import { listenAndSplice } from './splice.ts';

const address = '127.0.0.1';
const open: Server[] = [];
afterEach(() => {
  for (const server of open.splice(0)) server.close();
});

const portOf = (server: Server) => (server.address() as AddressInfo).port;

async function proxyTo(port: number) {
  const refused: string[] = [];
  const proxy = await listenAndSplice({
    address,
    port: 0,
    upstreams: [{ address, port }],
    onRefused: (errno) => refused.push(errno),
  });
  open.push(proxy);
  return { port: portOf(proxy), refused };
}

async function upstreamThat(onConnection: (socket: Socket) => void): Promise<number> {
  const server = createServer({ allowHalfOpen: true }, onConnection).listen(0, address);
  await once(server, 'listening');
  open.push(server);
  return portOf(server);
}

/** What comes before the other side's FIN. Not `for await`, which destroys the socket then. */
async function allOf(socket: Socket): Promise<string> {
  let text = '';
  socket.on('data', (chunk) => {
    text += String(chunk);
  });
  await once(socket, 'end');
  return text;
}

it('copies both ways, and passes on the FIN of a client that waits for its answer', async () => {
  const { port } = await proxyTo(
    await upstreamThat(async (socket) => {
      socket.end(`got ${await allOf(socket)}`);
    }),
  );
  const client = connect({ host: address, port, allowHalfOpen: true });
  client.end('hello');
  expect(await allOf(client)).toBe('got hello');
});

it('closes the client when the next hop closes', async () => {
  const { port, refused } = await proxyTo(await upstreamThat((socket) => socket.end('bye')));
  expect(await allOf(connect({ host: address, port }))).toBe('bye');
  expect(refused).toEqual([]);
});

it('closes the client if the next hop refuses, and counts the errno', async () => {
  const gone = createServer().listen(0, address);
  await once(gone, 'listening');
  const { port, refused } = await proxyTo(portOf(gone));
  gone.close();
  await once(gone, 'close');
  expect(await allOf(connect({ host: address, port }))).toBe('');
  expect(refused).toEqual(['ECONNREFUSED']);
});
