import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { expect, it } from 'vitest';
import { SsProcess } from './ss-process.ts';

it('dumps repeatedly, one at a time, with and without IPv6', async () => {
  const ss = new SsProcess();
  const texts = await Promise.all([ss.dump(true), ss.dump(false), ss.dump(true)]);
  for (const text of texts) {
    expect(text).not.toBeNull();
    expect(text).not.toContain('end ');
  }
});

it('shows IPv6 sockets on request', async (context) => {
  const server = createServer().listen(0, '::1');
  const started = await Promise.race([
    once(server, 'listening').then(() => true),
    once(server, 'error').then(() => false),
  ]);
  if (!started) return context.skip('this machine has no IPv6 loopback');
  const { port } = server.address() as AddressInfo;
  const ss = new SsProcess();
  expect(await ss.dump(true)).toContain(`[::1]:${port}`);
  expect(await ss.dump(false)).not.toContain(`[::1]:${port}`);
  server.close();
});
