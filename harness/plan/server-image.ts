import type { ValidationIssue } from '../model/errors.ts';
import { ForeignImage, Scenario } from '../model/scenario.ts';

/** Words of `--server-image IMAGE --server-port PORT --server-env NAME=VALUE …`. */
export interface ServerImageArguments {
  image: string;
  port: string | undefined;
  env: readonly string[];
}

export interface ServerImage extends ForeignImage {
  port: number;
}

const defaultPort = 8080;

/** Reads the words; every issue at once. */
export function readServerImage(words: ServerImageArguments): { value: ServerImage; issues: ValidationIssue[] } {
  const issues: ValidationIssue[] = [];
  if (words.image.trim() === '') {
    issues.push({ field: '--server-image', message: 'no image named', hint: 'such as nginx:1.27' });
  }
  const port = words.port === undefined ? defaultPort : Number(words.port);
  if (!Number.isInteger(port) || port < 1 || port > 65_535) {
    issues.push({ field: '--server-port', message: `'${words.port}' is not a port`, hint: '1 to 65535' });
  }
  const env: Record<string, string> = {};
  for (const word of words.env) {
    const at = word.indexOf('=');
    if (at > 0) env[word.slice(0, at)] = word.slice(at + 1);
    else issues.push({ field: '--server-env', message: `'${word}' sets nothing`, hint: 'write NAME=VALUE' });
  }
  return { value: { reference: words.image, port, env }, issues };
}

/** The scenario with an image in place of its server; it then needs a runtime with the capability `images`. */
export function withServerImage(scenario: Scenario, { reference, port, env }: ServerImage): Scenario {
  const role = scenario.load.to;
  return Scenario.parse({
    ...scenario,
    peers: {
      ...scenario.peers,
      [role]: {
        ...scenario.peers[role],
        serves: [{ server: 'image', ports: [port] }],
        image: ForeignImage.parse({ reference, env }),
      },
    },
    // Variants may change the server that is no longer there.
    variants: undefined,
  });
}
