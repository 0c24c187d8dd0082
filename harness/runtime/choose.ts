import { exitCode, HarnessError } from '../model/errors.ts';
import type { Availability } from './runtime.ts';

export type RuntimeChoice = 'auto' | 'netns' | 'docker';

/** Asked only when the answer matters: a daemon may take seconds to be found missing. */
export interface Candidates {
  netns(): Promise<Availability>;
  docker(): Promise<Availability & { imagesBuilt: boolean }>;
}

export interface Chosen {
  readonly name: 'netns' | 'docker';
  /** For people: which form will be used, and for `auto` why this one. */
  readonly why: string;
}

/**
 * `auto` takes Docker when a daemon answers and its images are built; else netns, so that a first run
 * starts at once; else Docker with a build (macOS). Errors: NO_NETNS, NO_DOCKER, NO_RUNTIME (exit code 3).
 */
export async function chooseRuntime(wanted: RuntimeChoice, candidates: Candidates): Promise<Chosen> {
  if (wanted !== 'auto') {
    const { available, detail, hint } = await candidates[wanted]();
    if (available) return { name: wanted, why: detail };
    throw unavailable(`NO_${wanted.toUpperCase()}`, `the runtime ${wanted} cannot work here: ${detail}`, hint);
  }
  const docker = await candidates.docker();
  if (docker.available && docker.imagesBuilt) return { name: 'docker', why: docker.detail };
  const netns = await candidates.netns();
  if (netns.available) return { name: 'netns', why: `${netns.detail}; not docker: ${docker.detail}` };
  if (docker.available) return { name: 'docker', why: `${docker.detail}, to be built now; not netns: ${netns.detail}` };
  const words = `no runtime works here. netns: ${netns.detail}. docker: ${docker.detail}`;
  throw unavailable('NO_RUNTIME', words, netns.hint ?? docker.hint);
}

function unavailable(code: string, message: string, hint: string | undefined): HarnessError {
  return new HarnessError(code, message, {
    exitCode: exitCode.unavailable,
    ...(hint !== undefined && { hint }),
  });
}
