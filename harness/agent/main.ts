import { isMainThread, workerData } from 'node:worker_threads';
import { engineNamed } from '../load/engines.ts';
import { serverKindNamed } from '../servers/kinds.ts';
import { runAgent } from './agent.ts';

/** What engines and servers start their threads with (load/engine.ts, servers/server.ts). */
interface ThreadData {
  engine?: string;
  server?: string;
  input: unknown;
}

// One file for the agent and its threads: it is copied into containers as it is.
if (isMainThread) {
  runAgent(process.stdin, process.stdout);
} else {
  const { engine = '', server = '', input } = workerData as ThreadData;
  const owner = engineNamed(engine) ?? serverKindNamed(server);
  if (owner?.runThread === undefined) throw new Error(`no thread of engine '${engine}' or server '${server}'`);
  // A thread's failure must end the thread, loudly.
  owner.runThread(input).catch((error) => {
    throw error;
  });
}
