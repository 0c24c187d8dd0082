import { parentPort, Worker } from 'node:worker_threads';
import type { ValidationIssue } from '../model/errors.ts';
import type { ServedSpec } from '../model/protocol.ts';
import { BusyClock, kernelThreadId, threadCpu } from '../probe/busy-clock.ts';
import { chooseTransport } from '../sockets/choose.ts';
import { type LabServerOptions, startLabServer } from './lab-server.ts';
import type { RunningServer, ServerContext, ServerKind } from './server.ts';

const known = [
  ...['delayMs', 'onClientFin', 'closeDelayMs', 'afterAnswer', 'maxRequestsPerConnection'],
  ...['status', 'transport', 'backlog'],
];

/** The lab's own server, in a thread of the agent: see lab-server.ts for what it can be asked to do. */
export const nodeHttp: ServerKind = {
  name: 'node-http',
  requires: [],
  issues(spec): ValidationIssue[] {
    return Object.keys(spec.parameters)
      .filter((name) => !known.includes(name))
      .map((name) => ({
        field: `parameters.${name}`,
        message: `node-http has no parameter '${name}'`,
        hint: `one of ${known.join(', ')}`,
      }));
  },
  start: startThread,
};

export interface ServerThreadInput {
  kind: 'node-http';
  options: LabServerOptions;
  transport: string;
}

type ServerThreadMessage = { type: 'listening'; threadId: number | null } | { type: 'failed'; message: string };

async function startThread(spec: ServedSpec, context: ServerContext): Promise<RunningServer> {
  const { parameters } = spec;
  const options: LabServerOptions = {
    address: '0.0.0.0',
    ports: spec.ports,
    backlog: Number(parameters.backlog ?? 4096),
    delayMs: Number(parameters.delayMs ?? 0),
    onClientFin: (parameters.onClientFin ?? 'close') as LabServerOptions['onClientFin'],
    closeDelayMs: Number(parameters.closeDelayMs ?? 0),
    afterAnswer: (parameters.afterAnswer ?? 'keep') as LabServerOptions['afterAnswer'],
    maxRequestsPerConnection: Number(parameters.maxRequestsPerConnection ?? 0),
    status: Number(parameters.status ?? 200) as 200 | 404,
  };
  const input: ServerThreadInput = {
    kind: 'node-http',
    options,
    transport: String(parameters.transport ?? 'auto'),
  };
  const thread = new Worker(__filename, { workerData: input });
  const busy = new BusyClock(context.onBusy);
  const broken = new Promise<never>((_, reject) => {
    thread.once('error', reject);
    thread.once('exit', (code) => reject(new Error(`the server thread ended with code ${code}`)));
  });
  broken.catch(() => {});
  const listening = new Promise<void>((resolve, reject) => {
    thread.on('message', (message: ServerThreadMessage) => {
      if (message.type === 'failed') return reject(new Error(message.message));
      busy.watch('server', threadCpu(message.threadId));
      resolve();
    });
  });
  await Promise.race([listening, broken]);
  return {
    version: `node ${process.version}`,
    closes: closesInWords(options),
    broken,
    stop: async () => {
      busy.stop();
      await thread.terminate();
    },
  };
}

function closesInWords(options: LabServerOptions): string {
  if (options.afterAnswer === 'close') return 'closes after every answer';
  if (options.afterAnswer === 'reset') return 'resets after every answer';
  const limit = options.maxRequestsPerConnection;
  const after = options.onClientFin === 'leak' ? '; never closes after the client' : lateInWords(options.closeDelayMs);
  if (limit > 0) return `closes after ${limit} answers, or when asked to${after}`;
  return `keeps alive until the client closes or asks to${after}`;
}

function lateInWords(closeDelayMs: number): string {
  return closeDelayMs > 0 ? `; closes ${closeDelayMs} ms after the client` : '';
}

/** Body of the server's thread. */
export async function runServerThread(input: ServerThreadInput): Promise<void> {
  try {
    await startLabServer(chooseTransport(input.transport), input.options);
    parentPort?.postMessage({ type: 'listening', threadId: kernelThreadId() } satisfies ServerThreadMessage);
  } catch (error) {
    parentPort?.postMessage({ type: 'failed', message: String(error) } satisfies ServerThreadMessage);
  }
}
