import { setTimeout as sleep } from 'node:timers/promises';
import type { Container, Network } from 'dockerode';
import { HarnessError } from '../../model/errors.ts';
import { labCommand } from '../../model/lab-command.ts';
import { dockerMessage, refusalStatus } from './docker-api.ts';

/** Maximum wait for the daemon to remove one object. */
export const removalMs = 5000;
/** Delay between two attempts to remove an object that is still in use. */
const retryMs = 20;

/** Kills and removes a container; resolves when the daemon no longer lists it. Errors: NOT_REMOVED after `withinMs`. */
export function removeContainer(container: Container, withinMs = removalMs): Promise<void> {
  return untilRemoved(
    (abortSignal) => container.remove({ force: true, v: true, abortSignal }),
    // 409: it has ended by itself and is already being removed.
    (error) => refusalStatus(error) === 409,
    withinMs,
  );
}

/** Resolves when the network has been removed, which needs its last container to be gone. Errors: NOT_REMOVED. */
export function removeNetwork(network: Network, withinMs = removalMs): Promise<void> {
  return untilRemoved(
    (abortSignal) => network.remove({ abortSignal }),
    (error) => /active endpoints|in use|being used/i.test(dockerMessage(error)),
    withinMs,
  );
}

async function untilRemoved(
  remove: (abortSignal: AbortSignal) => Promise<unknown>,
  isBusy: (error: unknown) => boolean,
  withinMs: number,
): Promise<void> {
  const deadline = new AbortController();
  const timer = setTimeout(() => deadline.abort(), withinMs);
  // A daemon that never answers must not block the cleanup.
  const expired = new Promise<never>((_, reject) => {
    deadline.signal.addEventListener('abort', () => reject(deadline.signal.reason));
  });
  expired.catch(() => {});
  let refusal = 'no answer';
  try {
    for (;;) {
      try {
        await Promise.race([remove(deadline.signal), expired]);
        return;
      } catch (error) {
        if (refusalStatus(error) === 404) return;
        if (!deadline.signal.aborted && !isBusy(error)) throw error;
        if (refusalStatus(error) !== null) refusal = dockerMessage(error);
      }
      await Promise.race([sleep(retryMs), expired]).catch(() => {});
      if (deadline.signal.aborted) {
        throw new HarnessError('NOT_REMOVED', `not removed within ${withinMs / 1000} s: ${refusal}`, {
          hint: labCommand('clean'),
        });
      }
    }
  } finally {
    clearTimeout(timer);
  }
}
