import { setTimeout as sleep } from 'node:timers/promises';
import { HarnessError } from '../../model/errors.ts';
import { readListeningPorts } from '../../probe/stack-reader.ts';
import { measureCloses } from '../close-probe.ts';
import type { ServerKind } from '../server.ts';
import { imageTraits } from './traits.ts';

/** Databases and JVMs take a long time until they listen. */
const listenMs = 60_000;

/**
 * A third-party container image next to the agent, started by the runtime (PeerPlan.image); this only waits for it.
 * When it ends the peer ends, which the runtime reports.
 */
export const image: ServerKind = {
  traits: imageTraits,
  async start(spec) {
    const deadline = performance.now() + listenMs;
    for (let open = readListeningPorts(); !spec.ports.every((port) => open.has(port)); open = readListeningPorts()) {
      if (performance.now() > deadline) {
        const message = `the image does not listen on ${spec.ports.join(', ')}; it listens on ${[...open].join(', ') || 'nothing'}`;
        throw new HarnessError('SERVER_NOT_LISTENING', message, { hint: 'name its port with --server-port' });
      }
      await sleep(20);
    }
    return {
      ...(await measureCloses(spec)),
      broken: new Promise<never>(() => {}),
      stop: async () => {},
    };
  },
};
