import { type ExitCode, exitCode } from '../model/errors.ts';

export interface Interruption {
  readonly signal: AbortSignal;
  /** 130 or 143 once interrupted. */
  readonly exitCode: ExitCode | null;
}

const orphanCheckMs = 300;

/**
 * Turns SIGINT, SIGTERM and SIGHUP into an abort, so that what was measured is still reported; a second one
 * ends the process at once. Started by npm, the loss of npm (which cannot pass a SIGKILL on) counts as one too.
 */
export function onInterruption(): Interruption {
  const controller = new AbortController();
  let code: ExitCode | null = null;
  const interrupt = (why: string, as: ExitCode) => {
    if (code !== null) process.exit(code);
    code = as;
    process.stderr.write(`${why}: ending the running cells and writing what was measured\n`);
    controller.abort(new Error('interrupted'));
  };
  process.on('SIGINT', () => interrupt('interrupted', exitCode.interrupted));
  process.on('SIGTERM', () => interrupt('terminated', exitCode.terminated));
  process.on('SIGHUP', () => interrupt('hung up', exitCode.terminated));
  const parent = process.ppid;
  if (process.env.npm_lifecycle_event !== undefined) {
    const timer = setInterval(() => {
      if (process.ppid === parent) return;
      clearInterval(timer);
      interrupt('npm is gone', exitCode.terminated);
    }, orphanCheckMs);
    timer.unref();
  }
  return {
    signal: controller.signal,
    get exitCode() {
      return code;
    },
  };
}
