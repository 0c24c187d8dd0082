import { randomUUID } from 'node:crypto';
import { PassThrough } from 'node:stream';
import { sysctlPath } from '../../model/sysctl-key.ts';
import type { DockerApi } from './docker-api.ts';
import { ownerLabels, type Runner } from './ownership.ts';

/** Reads mode bits, because /proc/sys is mounted read-only in a container and every write would fail. */
const script = `
  const { statSync } = require('node:fs');
  console.log(process.argv.slice(1).map((path) => {
    try { return statSync(path).mode & 0o200 ? 1 : 0; } catch { return 0; }
  }).join(' '));
`;

/** Keys that exist and are writable in a fresh container's network namespace; `null`: could not be read. */
export async function settableInContainer(
  api: DockerApi,
  image: string,
  keys: readonly string[],
  runner: Runner,
): Promise<ReadonlySet<string> | null> {
  if (keys.length === 0) return new Set();
  let text = '';
  const output = new PassThrough().on('data', (chunk: Buffer) => {
    text += chunk.toString();
  });
  try {
    const paths = keys.map(sysctlPath);
    const [outcome] = (await api.docker.run(image, ['node', '-e', script, ...paths], [output, new PassThrough()], {
      name: `timewait-lab-settable-${randomUUID()}`,
      Tty: false,
      Labels: ownerLabels('settable', runner),
      HostConfig: { NetworkMode: 'none', AutoRemove: true, CapDrop: ['ALL'], LogConfig: { Type: 'none', Config: {} } },
    })) as [{ StatusCode: number }];
    if (outcome.StatusCode !== 0) return null;
  } catch {
    return null;
  }
  const answers = text.trim().split(' ');
  return answers.length === keys.length ? new Set(keys.filter((_, index) => answers[index] === '1')) : null;
}
