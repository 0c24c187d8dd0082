import { readFileSync } from 'node:fs';
import { expect, it, onTestFinished, vi } from 'vitest';
import { endText, type ProgramOptions, ProgramRun } from './program-run.ts';

function run(script: string, options: Partial<ProgramOptions> = {}) {
  const lines: string[] = [];
  const onLine = (line: string) => void lines.push(line);
  const program = new ProgramRun({
    name: 'it',
    command: 'sh',
    args: ['-c', script],
    onBusy: () => {},
    onLine,
    ...options,
  });
  // Also where an assertion fails: what it started must not run on.
  onTestFinished(() => program.kill().catch(() => {}));
  return { program, lines };
}

/** Whether a process still runs. One that has ended may be a zombie until its new parent waits for it. */
function isAlive(pid: number): boolean {
  try {
    return !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
  } catch {
    return false;
  }
}

async function elapsedMs(work: Promise<unknown>): Promise<number> {
  const startedAt = performance.now();
  await work;
  return performance.now() - startedAt;
}

it('says how a program ended, with all that it printed, the last line without its end too', async () => {
  const { program, lines } = run('echo one; printf two; echo oops >&2; exit 3');
  const end = await program.ended;
  expect(end).toMatchObject({ code: 3, signal: null, isOurs: false });
  expect(endText(end)).toBe('ended with code 3');
  expect(lines).toEqual(['one', 'two']);
  expect(program.lastLines().sort()).toEqual(['one', 'oops', 'two']);
});

it('distinguishes a signal of its own from another', async () => {
  const other = run('kill -SEGV $$').program;
  expect(await other.ended).toMatchObject({ code: null, signal: 'SIGSEGV', isOurs: false });
  const own = run('sleep 60').program;
  own.stop('SIGTERM', 1000);
  const end = await own.ended;
  expect(end).toMatchObject({ signal: 'SIGTERM', isOurs: true });
  expect(endText(end)).toBe('was ended by SIGTERM');
});

it('does not wait for a grandchild that holds its output, and leaves none behind', async () => {
  const { program, lines } = run('sleep 60 & echo $!; exit 0');
  expect(await elapsedMs(program.ended)).toBeLessThan(1500);
  const [pid] = lines.map(Number);
  expect(pid).toBeGreaterThan(1);
  await vi.waitFor(() => expect(isAlive(pid as number)).toBe(false));
});

it('does not wait for a grandchild that left its group either', async () => {
  const { program, lines } = run('setsid sleep 5 & echo $!; exit 0');
  // Nobody else ends it: that it is out of the supervisor's reach is what the test is about.
  onTestFinished(() => void process.kill(Number(lines[0]), 'SIGKILL'));
  expect(await elapsedMs(program.ended)).toBeLessThan(1500);
});

it('ends a whole group that does not mind being asked', async () => {
  const { program, lines } = run(
    "trap '' TERM; sh -c \"trap '' TERM; echo \\$\\$; while :; do sleep 0.1; done\"; true",
  );
  await vi.waitFor(() => expect(lines).toHaveLength(1));
  program.stop('SIGTERM', 200);
  expect(await elapsedMs(program.ended)).toBeLessThan(1500);
  await vi.waitFor(() => expect(isAlive(Number(lines[0]))).toBe(false));
});

it("sends nothing to a process group that is gone: its number may be another program's by then", async () => {
  const { program } = run('exit 0');
  await program.ended;
  const kill = vi.spyOn(process, 'kill');
  onTestFinished(() => kill.mockRestore());
  await program.kill();
  program.stop('SIGTERM', 1);
  await new Promise((resolve) => setTimeout(resolve, 20));
  expect(kill).not.toHaveBeenCalled();
});

it('ends a program at its time, unless it was released', async () => {
  const late = run('sleep 60').program;
  late.stopAfter(100, 'SIGTERM', 100);
  expect(await late.ended).toMatchObject({ signal: 'SIGTERM' });
  const released = run('sleep 0.5; exit 7').program;
  released.stopAfter(100, 'SIGTERM', 100);
  released.release();
  expect(await released.ended).toMatchObject({ code: 7 });
});

it('names a program that is not there, with the line that installs it', async () => {
  const { program } = run('', { command: 'no-such-program', installHint: 'apt-get install it' });
  await expect(program.ended).rejects.toMatchObject({
    code: 'MISSING_PROGRAM',
    exitCode: 3,
    hint: 'apt-get install it',
  });
});

it('is not filled by a program that prints without an end', async () => {
  const before = process.memoryUsage().rss;
  const { program } = run('head -c 50000000 /dev/zero; exit 0');
  await program.ended;
  expect(program.lastLines().join('').length).toBeLessThan(10_000);
  expect(process.memoryUsage().rss - before).toBeLessThan(300e6);
});

it('reads the CPU of its grandchildren', async () => {
  const busy: Record<string, number>[] = [];
  const spin = `${process.execPath} -e 'for (;;);' ; true`;
  const { program } = run(spin, { onBusy: (shares) => busy.push(shares) });
  await vi.waitFor(() => expect(busy.some((shares) => (shares.it ?? 0) > 0.02)).toBe(true), 20_000);
  expect(program.cpuMs()).toBeGreaterThan(10);
}, 30_000);
