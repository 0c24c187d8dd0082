import { isMainThread, workerData } from 'node:worker_threads';
import { engineNamed } from '../load/engines.ts';
import { serverKindNamed } from '../servers/kinds.ts';
import { runAgent } from './agent.ts';

/** The data that engines and servers pass to their threads (load/engine.ts, servers/server.ts). */
interface ThreadData {
  engine?: string;
  server?: string;
  input: unknown;
}

// One file for the agent and its threads, so that it can be copied into containers.
if (isMainThread) {
  runAgent(process.stdin, process.stdout);
} else {
  const { engine = '', server = '', input } = workerData as ThreadData;
  const owner = engineNamed(engine) ?? serverKindNamed(server);
  if (owner?.runThread === undefined) throw new Error(`engine '${engine}' or server '${server}' has no thread to run`);
  // An error in a thread must end the thread and be reported.
  owner.runThread(input).catch((error) => {
    throw error;
  });
}
