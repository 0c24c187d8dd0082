import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished, vi } from 'vitest';
import { netnsRuntime } from './netns.ts';

it.runIf(process.platform === 'linux')('is not available if namespaces cannot be created, even by root', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'timewait-lab-path-'));
  // The error in a container without CAP_SYS_ADMIN; the other programs only have to exist.
  const says = (text: string) => `#!/bin/sh\n${text}\n`;
  const refused = says("echo 'unshare: unshare failed: Operation not permitted' >&2; exit 1");
  for (const name of ['ip', 'ss', 'nsenter', 'unshare']) writeFileSync(join(folder, name), refused);
  writeFileSync(join(folder, 'setpriv'), says('shift 2; exec "$@"'));
  for (const name of ['ip', 'ss', 'nsenter', 'unshare', 'setpriv']) chmodSync(join(folder, name), 0o755);
  vi.stubEnv('PATH', `${folder}:${process.env.PATH}`);
  const runtime = netnsRuntime();
  onTestFinished(async () => {
    vi.unstubAllEnvs();
    rmSync(folder, { recursive: true });
    await runtime.close();
  });
  expect(await runtime.availability()).toEqual({
    available: false,
    detail: expect.stringContaining('Operation not permitted'),
    hint: expect.stringMatching(process.getuid?.() === 0 ? /CAP_SYS_ADMIN/ : /run as root/),
  });
});
