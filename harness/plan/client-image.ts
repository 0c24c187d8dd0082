import type { ValidationIssue } from '../model/errors.ts';
import { type ClientImage, Scenario } from '../model/scenario.ts';
import { readImageEnv } from './image-env.ts';

/** Arguments `--client-image IMAGE --client-args 'ARGS' --client-env NAME=VALUE …`. */
export interface ClientImageArguments {
  image: string;
  args: readonly string[];
  env: readonly string[];
}

/** Reads the arguments; every issue at once. */
export function readClientImage(args: ClientImageArguments): { value: ClientImage; issues: ValidationIssue[] } {
  const issues: ValidationIssue[] = [];
  if (args.image.trim() === '') {
    issues.push({ field: '--client-image', message: 'no image given', hint: 'such as my-service:latest' });
  }
  const env = readImageEnv(args.env, '--client-env', issues);
  return { value: { reference: args.image, args: [...args.args], env }, issues };
}

/**
 * The scenario with an image that makes the load on the client's network stack; it then needs a runtime with the
 * capability `images`.
 */
export function withClientImage(scenario: Scenario, image: ClientImage): Scenario {
  const load = { ...scenario.load, engine: 'outside', image, parameters: {} };
  return Scenario.parse({ ...scenario, load });
}
