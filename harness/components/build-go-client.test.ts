import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';

let folder = '';

/** A compiler that writes which build this was. */
const compiler = `#!/bin/sh
echo x >>"$(dirname "$0")/builds"
while [ "$1" != -o ]; do shift; done
echo "build $(wc -l <"$(dirname "$0")/builds")" >"$2"
`;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'build-go-'));
  for (const name of ['bin', 'sources', 'out']) mkdirSync(join(folder, name), { mode: 0o700 });
  writeFileSync(join(folder, 'bin', 'go'), compiler);
  chmodSync(join(folder, 'bin', 'go'), 0o755);
  writeFileSync(join(folder, 'sources', 'main.go'), 'package main');
  vi.stubEnv('PATH', `${join(folder, 'bin')}:${process.env.PATH}`);
});

afterEach(() => {
  vi.unstubAllEnvs();
  rmSync(folder, { recursive: true, force: true });
});

/** As another process would build it. */
async function build(): Promise<string> {
  vi.resetModules();
  const { buildGoClient } = await import('./build-go-client.ts');
  return readFileSync(await buildGoClient(join(folder, 'sources'), join(folder, 'out')), 'utf8').trim();
}

it('builds once for the same sources, again for others', async () => {
  expect(existsSync(join(folder, 'out', 'go-client'))).toBe(false);
  expect(await build()).toBe('build 1');
  expect(await build()).toBe('build 1');
  writeFileSync(join(folder, 'sources', 'main.go'), 'package main // changed');
  expect(await build()).toBe('build 2');
});

it('does not run a program that was put in place of the built one', async () => {
  expect(await build()).toBe('build 1');
  writeFileSync(join(folder, 'out', 'go-client'), 'malicious');
  expect(await build()).toBe('build 2');
});
