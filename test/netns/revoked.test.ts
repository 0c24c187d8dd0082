import { spawnSync } from 'node:child_process';
import { chmodSync, existsSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import type { JournalLine } from '../../harness/model/journal.ts';
import { LabProcess } from './lab-process.ts';
import { realStacks } from './stack.ts';

realStacks();

const isLoad = (line: JournalLine): line is Extract<JournalLine, { type: 'load' }> => line.type === 'load';
/** As an ordinary user is: root whose files' permissions count. */
const withoutOverride = ['setpriv', '--bounding-set=-dac_override,-dac_read_search', '--inh-caps=-all'];

it('a folder that becomes read-only while the run goes on: what was measured is printed, the reports are not, exit code 4', async () => {
  const lab = new LabProcess(
    ['short-conn', '--quick', '--duration', '2s', '--profiles', 'tw-reuse-0'],
    withoutOverride,
  );
  await lab.line(isLoad);
  chmodSync(lab.folder, 0o500);
  try {
    expect(await lab.end()).toBe(4);
  } finally {
    chmodSync(lab.folder, 0o700);
  }
  expect(lab.stderr).toContain(`cannot write the reports to ${lab.folder}: EACCES`);
  expect(lab.stderr).toContain('hint: when it can be written again');
  expect(lab.stderr).not.toMatch(/\n +at /);
  expect(lab.stdout).toMatch(/tw-reuse-0/);
  expect(existsSync(join(lab.folder, 'report.json'))).toBe(false);
  // The hint is true: the journal was written to its end.
  expect(lab.lines().at(-1)).toMatchObject({ type: 'run-end', interrupted: false });
  rmSync(lab.folder, { recursive: true });
});

it.each([
  ['with a network namespace of its own', ['--net']],
  ['with the network namespace of the machine', []],
])('root of a user namespace %s measures', async (_, own) => {
  const args = ['short-conn', '--quick', '--duration', '1s', '--profiles', 'tw-reuse-0', '--json', '--no-fail'];
  const lab = new LabProcess(args, ['unshare', '--user', '--map-root-user', ...own]);
  expect(await lab.end()).toBe(0);
  expect(lab.cells()).toMatchObject([{ verdict: expect.not.stringMatching(/failed|skipped/) }]);
});

it('the right to make network namespaces, taken away between two cells, fails the second with the cause', async () => {
  // A user namespace of the test's own, so that the limit is of nobody else.
  const own = ['unshare', '--user', '--map-root-user', '--net'];
  const two = ['short-conn', '--quick', '--duration', '2s', '--profiles', 'tw-reuse-0,tw-reuse-1', '--parallel', '1'];
  const lab = new LabProcess([...two, '--json', '--no-fail'], own);
  await lab.line(isLoad);
  const limit = 'echo 0 >/proc/sys/user/max_net_namespaces';
  const pid = String(lab.child.pid);
  const { status, stderr } = spawnSync('nsenter', ['--target', pid, '--user', 'sh', '-c', limit], { encoding: 'utf8' });
  expect(stderr).toBe('');
  expect(status).toBe(0);
  expect(await lab.end()).toBe(4);
  const [first, second] = lab.cells();
  expect(first?.verdict).not.toBe('failed');
  expect(second).toMatchObject({
    profile: 'tw-reuse-1',
    verdict: 'failed',
    reason: expect.stringMatching(/unshare|namespace/),
  });
  expect(lab.stderr).not.toMatch(/\n +at /);
});
