import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { execa } from 'execa';
import { exitCode, HarnessError } from '../model/errors.ts';
import { ownFolder } from './own-cache.ts';
import { findProgram } from './probe-components.ts';
import { installLine } from './table.ts';

/** Where Debian puts the sources of Go libraries (golang-github-go-sql-driver-mysql-dev). */
const debianGoPath = '/usr/share/gocode';

const builds = new Map<string, Promise<string>>();

/**
 * Builds docker/go-client/ into `folder` unless the program there was built from the same sources; returns its path.
 * Needs no network: its only library is a Debian package. Errors: GO_MISSING, GO_BUILD_FAILED.
 */
export function buildGoClient(sources: string, folder: string): Promise<string> {
  const file = join(folder, 'go-client');
  const build = builds.get(file) ?? buildOnce(sources, file);
  builds.set(file, build);
  return build;
}

async function buildOnce(sources: string, file: string): Promise<string> {
  const stamp = `${file}.sha256`;
  const go = findProgram('go');
  const hash = createHash('sha256');
  for (const name of readdirSync(sources)
    .filter((entry) => entry.endsWith('.go'))
    .sort()) {
    hash.update(`${name}\0`).update(readFileSync(join(sources, name)));
  }
  const sum = hash.digest('hex');
  const known = stampOf(sum, file);
  if (known !== null && readOrNull(stamp) === known) return file;
  if (go === null) {
    throw new HarnessError('GO_MISSING', 'the Go program of this scenario is not built, and go was not found', {
      exitCode: exitCode.unavailable,
      hint: installLine(['go']),
    });
  }
  const staged = `${file}.${process.pid}`;
  const cache = process.env.GOCACHE ?? ownFolder(join(dirname(file), 'go-cache'));
  try {
    await execa(go, ['build', '-trimpath', '-o', staged], {
      cwd: sources,
      env: { GO111MODULE: 'off', GOPATH: debianGoPath, GOFLAGS: '', GOCACHE: cache, CGO_ENABLED: '0' },
    });
  } catch (error) {
    throw new HarnessError('GO_BUILD_FAILED', 'could not build docker/go-client', {
      hint: installLine(['go']),
      cause: error,
    });
  }
  renameSync(staged, file);
  writeFileSync(stamp, stampOf(sum, file) ?? '');
  return file;
}

/** Of the sources and of the program itself: a program that was replaced is built again. `null`: there is none. */
function stampOf(sources: string, file: string): string | null {
  try {
    return `${sources} ${createHash('sha256').update(readFileSync(file)).digest('hex')}`;
  } catch {
    return null;
  }
}

function readOrNull(file: string): string | null {
  try {
    return readFileSync(file, 'latin1');
  } catch {
    return null;
  }
}
