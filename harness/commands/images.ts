import { repeated } from '../cli/scenario-names.ts';
import { type ExitCode, exitCode, type ValidationIssue, validationError } from '../model/errors.ts';
import { didYouMean, shortened } from '../model/nearest.ts';
import { plainText } from '../model/plain-text.ts';
import { makeDebootstrapBase } from '../runtime/docker/debootstrap-base.ts';
import { connectDocker } from '../runtime/docker/docker-api.ts';
import { imageKinds, runnerImage } from '../runtime/docker/image-plan.ts';
import { ensureImage, planImageHere, removeOlderImages } from '../runtime/docker/images.ts';

/** Those of the peers, and the runner's, which is built by name only. */
const all = [...imageKinds, runnerImage];

export interface ImagesArguments {
  /** `debootstrap`, or a base image's reference; absent: an existing debootstrap base, or the Dockerfiles' own. */
  base?: string | undefined;
  /** Rebuilds the debootstrap base even if it exists. */
  refresh?: boolean | undefined;
  /** Names of the images to build; absent: those of the peers. */
  only?: readonly string[] | undefined;
}

/** `npm run images`: builds the container images. Tags go to stdout, progress to stderr. */
export async function imagesCommand(args: ImagesArguments): Promise<ExitCode> {
  const issues = onlyIssues(args.only ?? []);
  if (issues.length > 0) throw validationError(issues);
  const progress = (line: string) => process.stderr.write(`${plainText(line)}\n`);
  const api = await connectDocker();
  const wanted = args.only === undefined ? imageKinds : all.filter(({ name }) => args.only?.includes(name));
  let base = args.base;
  if (base === 'debootstrap') {
    await makeDebootstrapBase(api, { refresh: args.refresh === true }, progress);
    base = undefined;
  }
  for (const kind of wanted) {
    const plan = await planImageHere(api, kind, base);
    const outcome = await ensureImage(api, plan, progress);
    await removeOlderImages(api, plan);
    process.stdout.write(`${plan.tag} ${outcome}\n`);
  }
  return exitCode.ok;
}

function onlyIssues(only: readonly string[]): ValidationIssue[] {
  const names = all.map((kind) => kind.name);
  const unknown = [...new Set(only)]
    .filter((name) => name !== '' && !names.includes(name))
    .map((name) => ({ field: '--only', message: `no image '${shortened(name)}'`, hint: didYouMean(name, names) }));
  return [...unknown, ...repeated(only, '--only')];
}
