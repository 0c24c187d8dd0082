import { performance } from 'node:perf_hooks';
import { expect, it, vi } from 'vitest';
import { LoadSpec } from '../../model/scenario.ts';
import type { Connection, Transport } from '../../sockets/transport.ts';
import { ChurnClient } from './client.ts';
import { Recorder } from './recorder.ts';

const connection: Connection = {
  connectCallMs: 0,
  writeEarly: () => false,
  localPort: () => 0,
  write: () => {},
  close: () => {},
  reset: () => {},
};
/** Refuses every connection at once. */
const refusing: Transport = {
  name: 'net-socket',
  open({ owner }) {
    owner.failed('connect', 'ECONNREFUSED');
    return connection;
  },
  listen: () => Promise.reject(new Error('not here')),
};

it('starts what fell due while nobody looked before it ends, and nothing after its time', async () => {
  const clock = vi.spyOn(performance, 'now').mockReturnValue(1000);
  const recorder = new Recorder();
  const load = LoadSpec.parse({
    closePolicy: 'client-fin',
    arrival: { loop: 'open', ratePerSec: 1000 },
    durationMs: 100,
  });
  const targets = [{ address: '127.0.0.1', port: 1 }];
  const share = { index: 0, of: 1 };
  const client = new ChurnClient({ load, targets, bindTo: [], transport: refusing, recorder, share, onClosed: null });
  const done = client.run();
  clock.mockReturnValue(1150); // No timer runs meanwhile, neither for arrivals nor for the end.
  client.stop();
  await done;
  clock.mockRestore();
  const { attempts, failures } = recorder.take();
  expect(attempts).toBe(100);
  expect(failures).toEqual([{ errno: 'ECONNREFUSED', phase: 'connect', count: 100 }]);
});
