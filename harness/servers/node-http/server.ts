import { parentPort, Worker } from 'node:worker_threads';
import { anyAddress } from '../../model/address.ts';
import type { ServedSpec } from '../../model/protocol.ts';
import { BusyClock, kernelThreadId, threadCpu } from '../../probe/busy-clock.ts';
import { chooseTransport } from '../../sockets/choose.ts';
import type { RunningServer, ServerContext, ServerKind } from '../server.ts';
import { type LabServerOptions, startLabServer } from './lab-server.ts';
import { NodeHttpParameters, nodeHttpTraits, threadName } from './traits.ts';

/** The lab's own server, in a thread of the agent; lab-server.ts has its options. */
export const nodeHttp: ServerKind = {
  traits: nodeHttpTraits,
  start: startThread,
  runThread: (input) => runServerThread(input as ServerThreadInput),
};

interface ServerThreadInput {
  options: LabServerOptions;
  transport: string;
}

type ServerThreadMessage = { type: 'listening'; threadId: number | null } | { type: 'failed'; message: string };

async function startThread(spec: ServedSpec, context: ServerContext): Promise<RunningServer> {
  const { transport, ...parameters } = NodeHttpParameters.parse(spec.parameters);
  const options: LabServerOptions = { ...parameters, address: anyAddress(spec.address), ports: spec.ports };
  const input: ServerThreadInput = { options, transport };
  const thread = new Worker(__filename, { workerData: { server: nodeHttpTraits.name, input } });
  const busy = new BusyClock(context.onBusy);
  const broken = new Promise<never>((_, reject) => {
    thread.once('error', reject);
    thread.once('exit', (code) => reject(new Error(`the server thread ended with exit code ${code}`)));
  });
  broken.catch(() => {});
  const listening = new Promise<void>((resolve, reject) => {
    thread.on('message', (message: ServerThreadMessage) => {
      if (message.type === 'failed') return reject(new Error(message.message));
      busy.watch(threadName, threadCpu(message.threadId));
      resolve();
    });
  });
  try {
    await Promise.race([listening, broken]);
  } catch (error) {
    busy.stop();
    await thread.terminate();
    throw error;
  }
  return {
    version: `node ${process.version}`,
    closes: closesText(options),
    broken,
    stop: async () => {
      busy.stop();
      await thread.terminate();
    },
  };
}

function closesText(options: LabServerOptions): string {
  if (options.afterAnswer === 'close') return 'closes after every answer';
  if (options.afterAnswer === 'reset') return 'resets after every answer';
  const limit = options.maxRequestsPerConnection;
  const after = options.onClientFin === 'leak' ? '; never closes after the client' : lateText(options.closeDelayMs);
  if (limit > 0) return `closes after ${limit} answers, or on request${after}`;
  const idle = options.keepAliveTimeoutMs > 0 ? `, or for ${options.keepAliveTimeoutMs} ms without a request` : '';
  return `keeps alive until the client closes or asks to close${idle}${after}`;
}

function lateText(closeDelayMs: number): string {
  return closeDelayMs > 0 ? `; closes ${closeDelayMs} ms after the client` : '';
}

/** Body of the server's thread. */
async function runServerThread(input: ServerThreadInput): Promise<void> {
  try {
    await startLabServer(chooseTransport(input.transport), input.options);
    parentPort?.postMessage({ type: 'listening', threadId: kernelThreadId() } satisfies ServerThreadMessage);
  } catch (error) {
    parentPort?.postMessage({ type: 'failed', message: String(error) } satisfies ServerThreadMessage);
  }
}
