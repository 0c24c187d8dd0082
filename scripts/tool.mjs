// node scripts/tool.mjs NAME …: bundles scripts/NAME/main.ts and runs it with the other arguments.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { build as bundle } from 'esbuild';
import { build, distDir, esmOptions, isStale } from './build.mjs';

const name = process.argv[2] ?? '';
const entry = join(import.meta.dirname, name, 'main.ts');
if (!/^[a-z]+$/.test(name) || !existsSync(entry)) {
  console.error(`no tool '${name}' in scripts/`);
  process.exit(2);
}
if (isStale()) await build();
const outfile = join(distDir, `tool-${name}.mjs`);
await bundle({
  ...esmOptions,
  entryPoints: [entry],
  outfile,
  external: [...esmOptions.external, 'esbuild'],
});
const { default: main } = await import(outfile);
process.exit(await main(process.argv.slice(3)));
