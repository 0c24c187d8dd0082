import { EventEmitter } from 'node:events';
import { describe, expect, it, vi } from 'vitest';
import { type InterruptedProcess, onePressMs, onInterruption } from './interruption.ts';

/** A process that receives signals at given times. */
function running(env: NodeJS.ProcessEnv = {}) {
  let now = 1000;
  const exit = vi.fn();
  const write = vi.fn();
  const of = Object.assign(new EventEmitter(), { exit, ppid: 77, env, stderr: { write } });
  const interruption = onInterruption(of as unknown as InterruptedProcess, () => now);
  const send = (signal: string, atMs: number) => {
    now = 1000 + atMs;
    of.emit(signal);
  };
  return { interruption, exit, write, send, of };
}

describe('a signal', () => {
  it.each([
    ['SIGINT', 130],
    ['SIGTERM', 143],
    ['SIGHUP', 143],
  ])('%s aborts with a message and does not end the process', (signal, code) => {
    const { interruption, exit, write, send } = running();
    expect(interruption.exitCode).toBeNull();
    send(signal, 0);
    expect(interruption.signal.aborted).toBe(true);
    expect(interruption.exitCode).toBe(code);
    expect(write).toHaveBeenCalledTimes(1);
    expect(exit).not.toHaveBeenCalled();
  });

  it('that arrives twice within milliseconds, as under npm, counts once', () => {
    const { interruption, exit, write, send } = running();
    send('SIGINT', 0);
    send('SIGINT', 4);
    send('SIGINT', onePressMs - 1);
    expect(exit).not.toHaveBeenCalled();
    expect(write).toHaveBeenCalledTimes(1);
    expect(interruption.exitCode).toBe(130);
  });

  it('that is repeated later ends the process at once', () => {
    const { exit, send } = running();
    send('SIGINT', 0);
    send('SIGINT', 4);
    send('SIGINT', onePressMs);
    expect(exit).toHaveBeenCalledWith(130);
  });

  it('followed by a different one ends the process with the exit code of the first', () => {
    const { exit, send } = running();
    send('SIGTERM', 0);
    send('SIGINT', 2000);
    expect(exit).toHaveBeenCalledWith(143);
  });
});

describe('the end of npm', () => {
  it('counts as an interruption if npm started the lab', async () => {
    const { interruption, of } = running({ npm_lifecycle_event: 'scenario' });
    of.ppid = 1;
    await vi.waitFor(() => expect(interruption.exitCode).toBe(143), { timeout: 2000 });
  });
});
