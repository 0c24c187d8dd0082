import { type ExitCode, exitCode } from '../model/errors.ts';

export interface Interruption {
  readonly signal: AbortSignal;
  /** 130 or 143 once interrupted. */
  readonly exitCode: ExitCode | null;
}

/** The parts of a process that onInterruption uses. */
export type InterruptedProcess = Pick<NodeJS.Process, 'on' | 'exit' | 'ppid' | 'env'> & {
  stderr: { write(text: string): unknown };
};

const orphanCheckMs = 300;
/**
 * One Ctrl-C arrives twice if npm started the lab: the terminal signals the whole process group, and npm forwards its
 * own signal some milliseconds later.
 */
export const onePressMs = 500;

/**
 * Turns SIGINT, SIGTERM and SIGHUP into an abort, so that what was measured is still reported; a second signal ends the
 * process at once. If npm started the lab, the end of npm (which cannot forward a SIGKILL) also counts as a signal.
 */
export function onInterruption(
  of: InterruptedProcess = process,
  now = () => performance.now(),
  consequence = 'ending the running cells and writing what was measured',
): Interruption {
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
    of.stderr.write(`${why}: ${consequence}; interrupt again to stop at once\n`);
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
      interrupt('npm has ended', exitCode.terminated);
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
