import { isMainThread, workerData } from 'node:worker_threads';
import { type ChurnThreadInput, runChurnThread } from '../load/churn/thread.ts';
import { runServerThread, type ServerThreadInput } from '../servers/node-http.ts';
import { runAgent } from './agent.ts';

// One file for the agent and its threads: it is copied into containers as it is.
if (isMainThread) {
  runAgent(process.stdin, process.stdout);
} else {
  const input = workerData as ChurnThreadInput | ServerThreadInput;
  if (input.kind === 'churn') await_(runChurnThread(input));
  else await_(runServerThread(input));
}

/** A thread's failure must end the thread, loudly. */
function await_(work: Promise<void>): void {
  work.catch((error) => {
    throw error;
  });
}
