// npm run bench -- NAME …: bundles bench/NAME.ts and runs it; without a name, all of them. Results go to
// bench/results/.
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { build as bundle } from 'esbuild';
import { build, distDir, esmOptions, isStale } from './build.mjs';

const folder = join(import.meta.dirname, '..', 'bench');
const known = readdirSync(folder)
  .filter((file) => file.endsWith('.ts') && !file.includes('-parts') && !file.endsWith('.bench.ts'))
  .map((file) => file.slice(0, -3));
const names = process.argv.slice(2).filter((word) => !word.startsWith('--'));
const unknown = names.filter((name) => !known.includes(name));
if (unknown.length > 0) {
  console.error(`no benchmark ${unknown.join(', ')}; use ${known.join(', ')}`);
  process.exit(2);
}
if (isStale()) await build();
for (const name of names.length > 0 ? names : known) {
  const outfile = join(distDir, `bench-${name}.mjs`);
  await bundle({
    ...esmOptions,
    entryPoints: [join(folder, `${name}.ts`)],
    outfile,
    external: [...esmOptions.external, 'esbuild'],
  });
  console.log(`\n# ${name}`);
  const { default: run } = await import(outfile);
  await run();
}
process.exit(0);
