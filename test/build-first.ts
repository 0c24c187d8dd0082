import { build, isStale } from '../scripts/build.mjs';

/** Tests of real stacks start the bundled agent: it must be that of these sources. */
export default async function buildFirst(): Promise<void> {
  if (isStale()) await build();
}
