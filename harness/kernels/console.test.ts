import { expect, it } from 'vitest';
import { machineFailure } from './boot-kernel.ts';
import { ConsoleReader, keptLines } from './console.ts';

function read(...chunks: string[]) {
  const reader = new ConsoleReader();
  for (const chunk of chunks) reader.add(chunk);
  return reader.state;
}

const end = (state: ReturnType<typeof read>, ended: 'off' | 'killed' | 'boot-time' | 'run-time' | 'aborted') => ({
  console: state,
  ended,
  qemuMessages: '',
  bootMs: state.booted === null ? null : 2500,
  clockError: null,
});

it('reads boot and end from chunks cut anywhere', () => {
  const state = read('SeaBIOS\r\ntimewait-lab: boo', 'ted 6.1.0-56-amd64 2.51\r\ntimewait-lab: ended 1 45.55', '\n');
  expect(state.booted).toEqual({ release: '6.1.0-56-amd64', uptimeSec: 2.51 });
  expect(state.ended).toEqual({ code: 1, uptimeSec: 45.55 });
  expect(machineFailure(end(state, 'off'))).toBeNull();
});

it('keeps the last lines, without control characters', () => {
  const many = Array.from({ length: 50 }, (_, i) => `line ${i}\n`);
  const { tail } = read(...many, '\u001b[31mred\u001b[0m \u0007bell\n');
  expect(tail).toHaveLength(keptLines);
  expect(tail.at(-1)).toBe('red bell');
});

it('says why a machine did not run its command', () => {
  const panic = read('[ 1.0] Kernel panic - not syncing: VFS: Unable to mount root fs\n');
  expect(machineFailure(end(panic, 'killed'))).toBe('the kernel panicked');
  const no9p = read("timewait-lab: failed the host's files cannot be mounted (9p)\n");
  expect(machineFailure(end(no9p, 'off'))).toBe("the host's files cannot be mounted (9p)");
  const booted = read('timewait-lab: booted 6.1.0 2.5\n');
  expect(machineFailure(end(booted, 'killed'))).toBe('the virtual machine was killed');
  expect(machineFailure(end(booted, 'run-time'))).toBe('the run took too long and was ended');
  expect(machineFailure(end(read(), 'killed'))).toBe('the virtual machine ended before it had booted');
  expect(machineFailure(end(read(), 'boot-time'))).toBe('the kernel did not boot in time');
});

it('takes nothing for a line of its own that is not in its form', () => {
  const state = read(
    ...['booted', 'booted 6.1.0', 'booted 6.1.0 soon', 'ended 0', 'ended -1 5.0', 'ended x 5.0'].map(
      (text) => `timewait-lab: ${text}\n`,
    ),
  );
  expect([state.booted, state.ended]).toEqual([null, null]);
  const many = read('timewait-lab: not-loaded veth\n'.repeat(10_000));
  expect(many.notLoaded.length).toBeLessThanOrEqual(100);
  expect(read('timewait-lab: failed \u202egnp.exe\n').failure).not.toContain('\u202e');
});
