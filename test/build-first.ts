import { build, isStale } from '../scripts/build.mjs';

/** Tests with real network stacks start the bundled agent, which must be built from these sources. */
export default async function buildFirst(): Promise<void> {
  if (isStale()) await build();
}
