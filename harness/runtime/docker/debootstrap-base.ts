import { copyFileSync, readFileSync, realpathSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { execa } from 'execa';
import { exitCode, HarnessError } from '../../model/errors.ts';
import { labCommand } from '../../model/lab-command.ts';
import { makeTemporary } from '../../probe/temporary.ts';
import type { DockerApi } from './docker-api.ts';
import { dockerError } from './docker-api.ts';
import { debootstrapBase } from './image-plan.ts';
import { imageId, type Progress } from './images.ts';

const release = 'bookworm';
/** Node builds from nodesource and nodejs.org need libstdc++; apt in the image needs certificates for https mirrors. */
const packages = ['ca-certificates', 'libstdc++6'];

/**
 * Makes a base image, unless there is one, without any registry: Debian's own packages by debootstrap, and the Node
 * that runs this. Needs root. Errors: NO_DEBOOTSTRAP (exit code 3), BASE_FAILED.
 */
export async function makeDebootstrapBase(
  api: DockerApi,
  options: { refresh: boolean },
  progress: Progress,
): Promise<void> {
  if (!options.refresh && (await imageId(api, debootstrapBase)) !== null) return;
  if (process.getuid?.() !== 0) {
    throw new HarnessError('NEEDS_ROOT', 'debootstrap creates a root file system and needs root', {
      exitCode: exitCode.unavailable,
      hint: `sudo ${labCommand('images', '--base', 'debootstrap')}`,
    });
  }
  const root = makeTemporary('base');
  try {
    progress(`running debootstrap ${release} (about 30 s)`);
    const mirror = debianMirror();
    await execa('debootstrap', ['--variant=minbase', `--include=${packages.join(',')}`, release, root, mirror], {
      env: { PATH: `${process.env.PATH}:/usr/sbin:/sbin` },
    });
    copyFileSync(realpathSync(process.execPath), join(root, 'usr/local/bin/node'));
    progress(`importing ${debootstrapBase}`);
    await importRoot(api, root);
  } catch (error) {
    if (error instanceof HarnessError) throw error;
    const isMissing = (error as NodeJS.ErrnoException).code === 'ENOENT';
    throw new HarnessError(
      isMissing ? 'NO_DEBOOTSTRAP' : 'BASE_FAILED',
      isMissing ? 'debootstrap is not installed' : 'could not build the base image',
      { exitCode: exitCode.unavailable, hint: 'apt-get install debootstrap', cause: error },
    );
  } finally {
    rmSync(root, { recursive: true, force: true });
  }
}

async function importRoot(api: DockerApi, root: string): Promise<void> {
  const tar = execa('tar', ['-C', root, '--exclude=./var/cache/apt/archives/*.deb', '-c', '.'], {
    stdout: 'pipe',
    buffer: false,
  });
  const [repo, tag] = debootstrapBase.split(':') as [string, string];
  const changes = ['ENV PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin', 'CMD ["node"]'];
  try {
    const answer = await api.docker.importImage(tar.stdout, { repo, tag, changes });
    answer.resume();
    await new Promise<void>((resolve, reject) => answer.once('end', resolve).once('error', reject));
    await tar;
  } catch (error) {
    throw dockerError(error, 'importing the base image');
  }
}

/** The mirror that this machine's apt uses, which may be a local one. */
function debianMirror(): string {
  for (const file of ['/etc/apt/sources.list.d/debian.sources', '/etc/apt/sources.list']) {
    try {
      const found = mirrorIn(readFileSync(file, 'utf8'));
      if (found !== null) return found;
    } catch {
      // The other file may exist.
    }
  }
  return 'http://deb.debian.org/debian';
}

/** First archive address in a sources file of either format (sources.list(5)); `null`: none. */
export function mirrorIn(sources: string): string | null {
  const line = /^(?:URIs: *|deb (?:\[[^\]]*\] *)?)(https?:\/\/\S+?debian)\/?(?:\s|$)/m.exec(sources);
  return line?.[1] ?? null;
}
