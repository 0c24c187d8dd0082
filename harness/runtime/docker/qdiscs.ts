import { PassThrough } from 'node:stream';
import type { QdiscKind } from '../../plan/link-skip.ts';
import { probeArguments } from '../shape-lines.ts';
import type { DockerApi } from './docker-api.ts';
import { ownerLabels, type Runner } from './ownership.ts';

/** Queueing disciplines that can be added in a fresh container's network namespace; `null`: could not be tried. */
export async function qdiscsInContainer(
  api: DockerApi,
  image: string,
  kinds: readonly QdiscKind[],
  runner: Runner,
): Promise<ReadonlySet<string> | null> {
  const found = new Set<string>();
  for (const kind of kinds) {
    try {
      const output = [new PassThrough().resume(), new PassThrough().resume()];
      const [outcome] = (await api.docker.run(image, ['tc', ...probeArguments(kind)], output, {
        Tty: false,
        User: '0:0',
        Labels: ownerLabels('qdiscs', runner),
        HostConfig: {
          NetworkMode: 'none',
          AutoRemove: true,
          CapDrop: ['ALL'],
          CapAdd: ['NET_ADMIN'],
          LogConfig: { Type: 'none', Config: {} },
        },
      })) as [{ StatusCode: number }];
      if (outcome.StatusCode === 0) found.add(kind);
    } catch {
      return null;
    }
  }
  return found;
}
