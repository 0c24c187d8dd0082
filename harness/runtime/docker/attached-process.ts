import { type Duplex, PassThrough, type Readable, type Writable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Container } from 'dockerode';
import { causeText } from '../../model/errors.ts';
import { isDaemonGone } from './docker-api.ts';

/** A container's main process, attached to the runner's streams. */
export interface AttachedProcess {
  readonly input: Writable;
  readonly output: Readable;
  /** Exit reason, a phrase such as `ended with code 3`. Never rejects; also resolves when the daemon goes away. */
  readonly ended: Promise<string>;
  /** `null`: the daemon did not report it. Never rejects. */
  readonly exitCode: Promise<number | null>;
}

/** How long to wait for the exit code after the streams have closed. */
const verdictMs = 2000;
/** By then a running daemon has reported it. */
const daemonGraceMs = 200;

/** Attaches to a created container; start the container afterwards, so that no output is missed. */
export async function attachProcess(container: Container): Promise<AttachedProcess> {
  // Called before the start, because a process that ends at once would be missed.
  const status: Promise<number> = container
    .wait({ condition: 'next-exit' })
    .then((answer: { StatusCode: number }) => answer.StatusCode);
  const exited = status.then(exitReason, (error: unknown) =>
    isDaemonGone(error) ? `lost the Docker daemon (${causeText(error)})` : `has ended (${causeText(error)})`,
  );
  const stream = await attach(container);
  const output = new PassThrough();
  const errors = new PassThrough();
  let tail = '';
  errors.setEncoding('utf8').on('data', (text: string) => {
    tail = (tail + text).slice(-4000);
  });
  container.modem.demuxStream(stream, output, errors);
  const closed = new Promise<string>((resolve) => {
    // By then all data sent before the disconnect has been read: 'close' comes after the last 'data'.
    stream.once('close', () => resolve('closed its streams')).on('error', () => {});
    stream.once('end', () => resolve('closed its streams'));
  });
  const ended = closed
    .then((reason) =>
      Promise.race([
        exited,
        daemonLoss(container),
        sleep(verdictMs, `${reason}, and the Docker daemon reported no exit code`),
      ]),
    )
    .then((reason) => {
      output.end();
      return tail.trim() === '' ? reason : `${reason}: ${tail.trim()}`;
    });
  const exitCode = ended.then(() => Promise.race([status.catch(() => null), sleep(verdictMs, null)]));
  return { input: stream, output, ended, exitCode };
}

/**
 * The raw connection to a container's streams. dockerode's own attach() also sends its options as the request's body,
 * which podman passes to stdin: the body must be empty.
 */
function attach(container: Container): Promise<Duplex> {
  const request = {
    path: `/containers/${container.id}/attach?`,
    method: 'POST',
    isStream: true,
    hijack: true,
    file: Buffer.alloc(0),
    options: { stream: 1, stdin: 1, stdout: 1, stderr: 1 },
    statusCodes: { 101: true, 200: true, 404: 'no such container', 409: 'cannot attach', 500: 'server error' },
  };
  return new Promise((resolve, reject) => {
    container.modem.dial(request, (error: unknown, stream: Duplex) => (error ? reject(error) : resolve(stream)));
  });
}

/**
 * Resolves when the daemon stops answering, and never otherwise. dockerode does not notice when a killed daemon cuts
 * off the response of wait().
 */
async function daemonLoss(container: Container): Promise<string> {
  await sleep(daemonGraceMs);
  try {
    await container.inspect();
  } catch (error) {
    if (isDaemonGone(error)) return `lost the Docker daemon (${causeText(error)})`;
  }
  return new Promise(() => {});
}

/** Exit codes above 128 are 128 + the signal number, as in a shell. */
export function exitReason(code: number): string {
  if (code === 137) return 'was killed (SIGKILL: docker kill, or its memory limit)';
  if (code === 143) return 'was ended by SIGTERM';
  return `ended with code ${code}`;
}
