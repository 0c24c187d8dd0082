import { type ExitCode, exitCode } from '../model/errors.ts';

export interface Interruption {
  readonly signal: AbortSignal;
  /** 130 or 143 once interrupted. */
  readonly exitCode: ExitCode | null;
}

/** What an interruption needs of a process. */
export type InterruptedProcess = Pick<NodeJS.Process, 'on' | 'exit' | 'ppid' | 'env'> & {
  stderr: { write(text: string): unknown };
};

const orphanCheckMs = 300;
/**
 * One Ctrl-C arrives twice where npm started the lab: the terminal signals the whole process group, and npm passes its own
 * on, some milliseconds later.
 */
export const onePressMs = 500;

/**
 * Turns SIGINT, SIGTERM and SIGHUP into an abort, so that what was measured is still reported; a second press ends the
 * process at once. Started by npm, the loss of npm (which cannot pass a SIGKILL on) counts as one too.
 */
export function onInterruption(of: InterruptedProcess = process, now = () => performance.now()): Interruption {
  const controller = new AbortController();
  let code: ExitCode | null = null;
  let pressedAt = 0;
  const interrupt = (why: string, as: ExitCode) => {
    if (code !== null) {
      if (now() - pressedAt >= onePressMs) of.exit(code);
      return;
    }
    code = as;
    pressedAt = now();
    of.stderr.write(`${why}: ending the running cells and writing what was measured; once more ends it at once\n`);
    controller.abort(new Error('interrupted'));
  };
  of.on('SIGINT', () => interrupt('interrupted', exitCode.interrupted));
  of.on('SIGTERM', () => interrupt('terminated', exitCode.terminated));
  of.on('SIGHUP', () => interrupt('hung up', exitCode.terminated));
  const parent = of.ppid;
  if (of.env.npm_lifecycle_event !== undefined) {
    const timer = setInterval(() => {
      if (of.ppid === parent) return;
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
