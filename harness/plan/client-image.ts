import type { ValidationIssue } from '../model/errors.ts';
import { type ClientImage, Scenario } from '../model/scenario.ts';

/** Words of `--client-image IMAGE --client-args 'ARGS' --client-env NAME=VALUE …`. */
export interface ClientImageArguments {
  image: string;
  args: readonly string[];
  env: readonly string[];
}

/** Reads the words; every issue at once. */
export function readClientImage(words: ClientImageArguments): { value: ClientImage; issues: ValidationIssue[] } {
  const issues: ValidationIssue[] = [];
  if (words.image.trim() === '') {
    issues.push({ field: '--client-image', message: 'no image named', hint: 'such as my-service:latest' });
  }
  const env: Record<string, string> = {};
  for (const word of words.env) {
    const at = word.indexOf('=');
    if (at > 0) env[word.slice(0, at)] = word.slice(at + 1);
    else issues.push({ field: '--client-env', message: `'${word}' sets nothing`, hint: 'write NAME=VALUE' });
  }
  return { value: { reference: words.image, args: [...words.args], env }, issues };
}

/**
 * The scenario with an image that makes the load on the client's network stack; it then needs a runtime with the
 * capability `images`.
 */
export function withClientImage(scenario: Scenario, image: ClientImage): Scenario {
  const load = { ...scenario.load, engine: 'outside', image, parameters: {} };
  return Scenario.parse({ ...scenario, load });
}
