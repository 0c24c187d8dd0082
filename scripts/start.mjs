// Entry point of every npm script: builds the bundle if a source is newer, then runs it.
import { accessSync, constants } from 'node:fs';
import { join } from 'node:path';
import { build, distDir, isStale } from './build.mjs';

if (isStale()) {
  try {
    accessSync(distDir, constants.W_OK);
  } catch (error) {
    if (error.code === 'EACCES' || error.code === 'EROFS') {
      console.error(`the bundle in ${distDir} is older than the sources and cannot be written by this user`);
      console.error("hint: run 'npm run build' as the owner of the checkout");
      process.exit(3);
    }
  }
  await build();
}
await import(join(distDir, 'cli.mjs'));
