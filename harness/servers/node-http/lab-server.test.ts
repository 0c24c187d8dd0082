import { once } from 'node:events';
import { connect } from 'node:net';
import { afterEach, expect, it } from 'vitest';
import { chooseTransport } from '../../sockets/choose.ts';
import { startLabServer } from './lab-server.ts';
import { NodeHttpParameters } from './traits.ts';

const port = 18_473;
let close = async () => {};
afterEach(() => close());

async function serve(transport: string, given: object = {}) {
  const { transport: _, ...parameters } = NodeHttpParameters.parse(given);
  const server = await startLabServer(chooseTransport(transport), {
    ...parameters,
    address: '127.0.0.1',
    ports: [port],
  });
  close = server.close;
}

/** Result of a request: the answer, and whether the server has ended the connection by itself. */
async function ask(request: string): Promise<{ text: string; ended: boolean }> {
  const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true });
  await once(socket, 'connect');
  let text = '';
  let ended = false;
  socket.setEncoding('utf8').on('data', (part) => {
    text += part;
  });
  socket.on('end', () => {
    ended = true;
  });
  socket.write(request);
  const deadline = Date.now() + 300;
  while (!ended && Date.now() < deadline) await new Promise((resolve) => setTimeout(resolve, 5));
  socket.destroy();
  return { text, ended };
}

it.each(['tcp-handle', 'net-socket'])('%s: closes after HTTP/1.0 unless it asks for keep-alive', async (transport) => {
  await serve(transport);
  const plain = await ask('GET / HTTP/1.0\r\nHost: x\r\n\r\n');
  expect(plain).toMatchObject({
    text: expect.stringMatching(/^HTTP\/1.1 200 [\s\S]*Connection: close[\s\S]*ok\n$/),
    ended: true,
  });
  const kept = await ask('GET / HTTP/1.0\r\nConnection: Keep-Alive\r\n\r\n');
  expect(kept).toMatchObject({ text: expect.stringContaining('Connection: keep-alive'), ended: false });
  expect(await ask('GET / HTTP/1.1\r\nHost: x\r\n\r\n')).toMatchObject({ ended: false });
  expect(await ask('GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n')).toMatchObject({ ended: true });
});

it.each([
  'tcp-handle',
  'net-socket',
])('%s: closes a connection without a request for keepAliveTimeoutMs', async (transport) => {
  await serve(transport, { keepAliveTimeoutMs: 50 });
  expect(await ask('GET / HTTP/1.1\r\nHost: x\r\n\r\n')).toMatchObject({
    text: expect.stringContaining('Connection: keep-alive'),
    ended: true,
  });
  // Without a first answer there is nothing to keep alive.
  expect(await ask('GET / HTTP/1.1\r\n')).toMatchObject({ text: '', ended: false });
});
