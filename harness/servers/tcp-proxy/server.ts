import { parentPort, Worker } from 'node:worker_threads';
import { anyAddress } from '../../model/address.ts';
import type { ServedSpec } from '../../model/protocol.ts';
import { BusyClock, kernelThreadId, threadCpu } from '../../probe/busy-clock.ts';
import { ErrnoGauge } from '../errno-gauge.ts';
import type { RunningServer, ServerContext, ServerKind } from '../server.ts';
import { listenAndSplice } from './splice.ts';
import { tcpProxyTraits, threadName } from './traits.ts';

/** A userland proxy as docker-proxy is one (splice.ts), in a thread of the agent. */
export const tcpProxy: ServerKind = {
  traits: tcpProxyTraits,
  start: startThread,
  runThread: (input) => runProxyThread(input as ProxyThreadInput),
};

type ProxyThreadInput = Pick<ServedSpec, 'address' | 'ports' | 'upstreams'>;

type ProxyThreadMessage =
  | { type: 'listening'; threadId: number | null }
  | { type: 'failed'; message: string }
  | { type: 'refused'; errno: string };

async function startThread(spec: ServedSpec, context: ServerContext): Promise<RunningServer> {
  const { ports, upstreams } = spec;
  const input: ProxyThreadInput = { address: anyAddress(spec.address), ports, upstreams };
  const thread = new Worker(__filename, { workerData: { server: tcpProxyTraits.name, input } });
  const busy = new BusyClock(context.onBusy);
  const refused = new ErrnoGauge(context.onGauge);
  const stop = async () => {
    busy.stop();
    refused.stop();
    await thread.terminate();
  };
  const broken = new Promise<never>((_, reject) => {
    thread.once('error', reject);
    thread.once('exit', (code) => reject(new Error(`the proxy thread ended with exit code ${code}`)));
  });
  broken.catch(() => {});
  const listening = new Promise<void>((resolve, reject) => {
    thread.on('message', (message: ProxyThreadMessage) => {
      if (message.type === 'refused') refused.add(message.errno);
      else if (message.type === 'failed') reject(new Error(message.message));
      else {
        busy.watch(threadName, threadCpu(message.threadId));
        resolve();
      }
    });
  });
  try {
    await Promise.race([listening, broken]);
  } catch (error) {
    await stop();
    throw error;
  }
  return {
    version: `node ${process.version}`,
    closes: 'connects once for each client connection, passes each FIN on',
    broken,
    stop,
  };
}

/** Body of the proxy's thread. */
async function runProxyThread({ address, ports, upstreams }: ProxyThreadInput): Promise<void> {
  const send = (message: ProxyThreadMessage) => parentPort?.postMessage(message);
  const onRefused = (errno: string) => send({ type: 'refused', errno });
  try {
    for (const port of ports) await listenAndSplice({ address, port, upstreams, onRefused });
    send({ type: 'listening', threadId: kernelThreadId() });
  } catch (error) {
    send({ type: 'failed', message: String(error) });
  }
}
