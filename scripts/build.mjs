// Bundles the command line and the agent into dist/. The agent must be one file: it is copied into
// containers, and Node reads one file faster than four hundred (start-up is part of every cell).
import {
  existsSync,
  mkdirSync,
  readdirSync,
  renameSync,
  rmdirSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
export const distDir = join(root, 'dist');
const stamp = join(distDir, 'built');
const inputs = ['package-lock.json', 'scripts/build.mjs', 'harness', 'scenarios'];

function newestMtimeMs(path) {
  const stat = statSync(path, { throwIfNoEntry: false });
  if (!stat) return 0;
  if (!stat.isDirectory()) return stat.mtimeMs;
  let newest = stat.mtimeMs;
  for (const entry of readdirSync(path)) newest = Math.max(newest, newestMtimeMs(join(path, entry)));
  return newest;
}

/** True when a source is newer than the bundle. */
export function isStale() {
  const built = statSync(stamp, { throwIfNoEntry: false })?.mtimeMs ?? 0;
  return inputs.some((input) => newestMtimeMs(join(root, input)) > built);
}

/** Engines that run in a process of their own: load/NAME/process.ts becomes NAME-process.cjs, beside the agent. */
function engineProcesses() {
  const file = (name) => `harness/load/${name}/process.ts`;
  const names = readdirSync(join(root, 'harness/load')).filter((name) => existsSync(join(root, file(name))));
  return Object.fromEntries(names.map((name) => [`${name}-process`, file(name)]));
}

async function autocannonVersion() {
  const { default: manifest } = await import('autocannon/package.json', { with: { type: 'json' } });
  return manifest.version;
}

export async function build() {
  const { build: bundle } = await import('esbuild');
  const startedAt = new Date();
  // Built beside and renamed: a run that starts meanwhile never sees half a bundle.
  const staging = join(root, `dist.${process.pid}`);
  mkdirSync(staging, { recursive: true });
  const common = {
    bundle: true,
    platform: 'node',
    target: 'node20',
    absWorkingDir: root,
    outdir: staging,
    logLevel: 'warning',
    legalComments: 'none',
  };
  // Bundled CommonJS packages call require() for Node's own modules; ESM has none.
  const banner = {
    js: "import { createRequire as makeRequire } from 'node:module'; const require = makeRequire(import.meta.url);",
  };
  await Promise.all([
    bundle({
      ...common,
      entryPoints: { cli: 'harness/cli.ts' },
      format: 'esm',
      outExtension: { '.js': '.mjs' },
      splitting: true,
      chunkNames: 'chunk-[hash]',
      banner,
      external: ['esbuild', 'ssh2', 'cpu-features', 'pino-pretty'],
      loader: { '.css': 'text', '.html': 'text' },
    }),
    bundle({
      ...common,
      entryPoints: { agent: 'harness/agent/main.ts' },
      format: 'cjs',
      outExtension: { '.js': '.cjs' },
      minifySyntax: true,
    }),
    bundle({
      ...common,
      entryPoints: engineProcesses(),
      format: 'cjs',
      outExtension: { '.js': '.cjs' },
      define: { AUTOCANNON_VERSION: JSON.stringify(await autocannonVersion()) },
    }),
  ]);
  mkdirSync(distDir, { recursive: true });
  const fresh = readdirSync(staging);
  for (const file of fresh) renameSync(join(staging, file), join(distDir, file));
  rmdirSync(staging);
  // A run that goes on still loads the chunks it was started with: older ones stay for an hour.
  for (const file of readdirSync(distDir)) {
    const isOld = Date.now() - statSync(join(distDir, file)).mtimeMs > 3_600_000;
    if (isOld && file.startsWith('chunk-') && !fresh.includes(file)) rmSync(join(distDir, file));
  }
  writeFileSync(stamp, '');
  utimesSync(stamp, startedAt, startedAt);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await build();
