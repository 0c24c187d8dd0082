import type { Objection } from '../model/errors.ts';
import { type ClientImage, Scenario } from '../model/scenario.ts';

/** Words of `--client-image IMAGE --client-args 'ARGS' --client-env NAME=VALUE …`. */
export interface ClientImageWords {
  image: string;
  args: readonly string[];
  env: readonly string[];
}

/** Reads the words; every objection at once. */
export function readClientImage(words: ClientImageWords): { value: ClientImage; objections: Objection[] } {
  const objections: Objection[] = [];
  if (words.image.trim() === '') {
    objections.push({ field: '--client-image', message: 'no image named', hint: 'such as my-service:latest' });
  }
  const env: Record<string, string> = {};
  for (const word of words.env) {
    const at = word.indexOf('=');
    if (at > 0) env[word.slice(0, at)] = word.slice(at + 1);
    else objections.push({ field: '--client-env', message: `'${word}' sets nothing`, hint: 'write NAME=VALUE' });
  }
  return { value: { reference: words.image, args: [...words.args], env }, objections };
}

/** The scenario with an image that makes the load on the client's stack; such a scenario runs in docker alone. */
export function withClientImage(scenario: Scenario, image: ClientImage): Scenario {
  const load = { ...scenario.load, engine: 'outside', image, parameters: {} };
  return Scenario.parse({ ...scenario, load, runtimes: ['docker'] });
}
