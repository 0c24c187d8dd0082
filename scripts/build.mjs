// Bundles the command line and the agent into dist/, with everything they need: the package has no dependencies.
// The agent must be one file: it is copied into containers, and Node loads one file faster than four hundred, which
// shortens the start of every cell.
import {
  chownSync,
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
import { readFile } from 'node:fs/promises';
import { isBuiltin } from 'node:module';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { thirdPartyLicenses } from './third-party-licenses.mjs';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
export const distDir = join(root, 'dist');
const stamp = join(distDir, 'built');
const inputs = ['package.json', 'package-lock.json', 'scripts', 'harness', 'scenarios'];

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

/** Engines that run in their own process: load/NAME/process.ts becomes NAME-process.cjs, next to the agent. */
function engineProcesses() {
  const file = (name) => `harness/load/${name}/process.ts`;
  const names = readdirSync(join(root, 'harness/load')).filter((name) => existsSync(join(root, file(name))));
  return Object.fromEntries(names.map((name) => [`${name}-process`, file(name)]));
}

/** `import text from './file?raw'`: the file's text, as Vite does in tests. */
const rawText = {
  name: 'raw-text',
  setup({ onLoad, onResolve, resolve }) {
    onResolve({ filter: /\?raw$/ }, async ({ path, importer, resolveDir, kind }) => {
      const found = await resolve(path.replace(/\?raw$/, ''), { importer, resolveDir, kind });
      return found.errors.length > 0 ? { errors: found.errors } : { path: found.path, namespace: 'raw-text' };
    });
    onLoad({ filter: /./, namespace: 'raw-text' }, async ({ path }) => ({
      contents: await readFile(path, 'utf8'),
      loader: 'text',
    }));
  },
};

/** Optional native modules of ssh2, which falls back to JavaScript. */
const optionalNative = ['cpu-features', '*.node'];

const common = {
  bundle: true,
  platform: 'node',
  target: 'node20',
  absWorkingDir: root,
  logLevel: 'warning',
  legalComments: 'none',
  metafile: true,
};

/** esbuild's options for a program that runs as an ES module. */
export const esmOptions = {
  ...common,
  format: 'esm',
  outExtension: { '.js': '.mjs' },
  // Bundled CommonJS packages use require() for Node's own modules, and __dirname; ESM has neither.
  banner: {
    js: "import { createRequire as makeRequire } from 'node:module'; const require = makeRequire(import.meta.url);",
  },
  define: { __dirname: 'import.meta.dirname', __filename: 'import.meta.filename' },
  external: optionalNative,
  plugins: [rawText],
};

/** esbuild's options for a program that is one file. */
const cjsOptions = { ...common, format: 'cjs', outExtension: { '.js': '.cjs' } };

export async function build() {
  const { build: bundle } = await import('esbuild');
  const startedAt = new Date();
  // Built under a temporary name and renamed, so that a run that starts meanwhile never sees half a bundle.
  const outdir = join(root, `dist.${process.pid}`);
  mkdirSync(outdir, { recursive: true });
  const { version } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8'));
  const { default: autocannon } = await import('autocannon/package.json', { with: { type: 'json' } });
  const results = await Promise.all([
    bundle({
      ...esmOptions,
      outdir,
      entryPoints: { cli: 'harness/cli.ts' },
      splitting: true,
      chunkNames: 'chunk-[hash]',
      define: { ...esmOptions.define, LAB_VERSION: JSON.stringify(version) },
    }),
    bundle({ ...cjsOptions, outdir, entryPoints: { agent: 'harness/agent/main.ts' }, minifySyntax: true }),
    bundle({
      ...cjsOptions,
      outdir,
      entryPoints: engineProcesses(),
      define: { AUTOCANNON_VERSION: JSON.stringify(autocannon.version) },
    }),
  ]);
  const metafiles = results.map(({ metafile }) => metafile);
  refuseDependencies(metafiles);
  writeFileSync(
    join(outdir, 'THIRD-PARTY-LICENSES.txt'),
    thirdPartyLicenses(
      metafiles.flatMap((metafile) => Object.keys(metafile.inputs)),
      root,
    ),
  );
  writeFileSync(join(outdir, '.npmignore'), onlyThese(readdirSync(outdir)));
  writeFileSync(join(outdir, basename(stamp)), '');
  utimesSync(join(outdir, basename(stamp)), startedAt, startedAt);
  makeDist();
  const fresh = readdirSync(outdir);
  for (const file of fresh) renameSync(join(outdir, file), join(distDir, file));
  rmdirSync(outdir);
  // A running command still loads the chunks it was started with, so older ones are kept for an hour.
  for (const file of readdirSync(distDir)) {
    const isOld = Date.now() - statSync(join(distDir, file)).mtimeMs > 3_600_000;
    if (isOld && file.startsWith('chunk-') && !fresh.includes(file)) rmSync(join(distDir, file));
  }
}

/** dist/ belongs to the owner of the checkout even if root builds first, so that the owner can build again. */
function makeDist() {
  if (mkdirSync(distDir, { recursive: true }) === undefined || process.geteuid?.() !== 0) return;
  const { uid, gid } = statSync(root);
  chownSync(distDir, uid, gid);
}

/** The package has no dependencies: a bundle may import only Node's own modules. */
function refuseDependencies(metafiles) {
  const outside = metafiles
    .flatMap(({ outputs }) => Object.values(outputs).flatMap((output) => output.imports))
    .filter(({ external, path }) => external && !isBuiltin(path) && path !== 'cpu-features' && !path.endsWith('.node'))
    .map(({ path }) => basename(path));
  if (outside.length > 0) throw new Error(`not bundled: ${[...new Set(outside)].join(', ')}`);
}

/** dist/.npmignore: the package contains this build's files, not older chunks or files that a run has built there. */
function onlyThese(files) {
  return ['*', ...files.filter((file) => !file.startsWith('.')).map((file) => `!${file}`), ''].join('\n');
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  if (!process.argv.includes('--if-stale') || isStale()) await build();
}
