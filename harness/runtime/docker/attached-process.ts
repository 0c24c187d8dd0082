import { type Duplex, PassThrough, type Readable, type Writable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Container } from 'dockerode';
import { causeText } from '../../model/errors.ts';
import { isEngineGone } from './engine.ts';

/** A container's main process on the runner's streams. */
export interface AttachedProcess {
  readonly input: Writable;
  readonly output: Readable;
  /** How it ended, in words. Never rejects; also resolves when the engine goes away. */
  readonly ended: Promise<string>;
  /** `null`: the engine could not say. Never rejects. */
  readonly exitCode: Promise<number | null>;
}

/** After the streams have closed the engine is given this long to say how the process ended. */
const verdictMs = 2000;
/** An engine that is alive has said it by then. */
const engineGraceMs = 200;

/** Attaches to a created container; start it afterwards, so that nothing is missed. */
export async function attachProcess(container: Container): Promise<AttachedProcess> {
  // Asked before the start, or a process that ends at once would be missed.
  const status: Promise<number> = container
    .wait({ condition: 'next-exit' })
    .then((answer: { StatusCode: number }) => answer.StatusCode);
  const exited = status.then(exitWords, (error: unknown) =>
    isEngineGone(error) ? `lost the Docker engine (${causeText(error)})` : `is gone (${causeText(error)})`,
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
    // Data that was sent before the cut has been read by then: 'close' comes after the last 'data'.
    stream.once('close', () => resolve('closed its streams')).on('error', () => {});
    stream.once('end', () => resolve('closed its streams'));
  });
  const ended = closed
    .then((words) =>
      Promise.race([exited, engineLoss(container), sleep(verdictMs, `${words}, and the engine does not say why`)]),
    )
    .then((words) => {
      output.end();
      return tail.trim() === '' ? words : `${words}: ${tail.trim()}`;
    });
  const exitCode = ended.then(() => Promise.race([status.catch(() => null), sleep(verdictMs, null)]));
  return { input: stream, output, ended, exitCode };
}

/**
 * The raw connection to a container's streams. dockerode's own attach() sends its options as the request's
 * body too, which podman takes for the first bytes of stdin: an empty body it must be.
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
 * Resolves when the engine is gone, and never otherwise. An engine that is killed cuts the answer of wait()
 * short, which dockerode does not notice.
 */
async function engineLoss(container: Container): Promise<string> {
  await sleep(engineGraceMs);
  try {
    await container.inspect();
  } catch (error) {
    if (isEngineGone(error)) return `lost the Docker engine (${causeText(error)})`;
  }
  return new Promise(() => {});
}

/** 128 + signal where a signal ended it, as a shell has it. */
export function exitWords(code: number): string {
  if (code === 137) return 'was killed (SIGKILL: docker kill, or its memory limit)';
  if (code === 143) return 'was ended by SIGTERM';
  return `ended with code ${code}`;
}
