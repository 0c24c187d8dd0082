import type { ValidationIssue } from '../model/errors.ts';
import { ForeignImage, Scenario } from '../model/scenario.ts';
import { readImageEnv } from './image-env.ts';

/** Arguments `--server-image IMAGE --server-port PORT --server-env NAME=VALUE …`. */
export interface ServerImageArguments {
  image: string;
  port: string | undefined;
  env: readonly string[];
}

export interface ServerImage extends ForeignImage {
  port: number;
  /** `null` or absent: the role that the load goes to. */
  role?: string | null;
}

const defaultPort = 8080;

/** Reads the arguments; every issue at once. */
export function readServerImage(args: ServerImageArguments): { value: ServerImage; issues: ValidationIssue[] } {
  const issues: ValidationIssue[] = [];
  if (args.image.trim() === '') {
    issues.push({ field: '--server-image', message: 'no image given', hint: 'such as nginx:1.27' });
  }
  const port = args.port === undefined ? defaultPort : /^\d+$/.test(args.port) ? Number(args.port) : Number.NaN;
  if (!(port >= 1 && port <= 65_535)) {
    issues.push({ field: '--server-port', message: `'${args.port}' is not a port`, hint: '1 to 65535' });
  }
  const env = readImageEnv(args.env, '--server-env', issues);
  return { value: { reference: args.image, port, env }, issues };
}

/** The scenario with an image in place of a role's servers, by default those that the load goes to; it then needs a runtime with the capability `images`. */
export function withServerImage(scenario: Scenario, { reference, port, env, role = null }: ServerImage): Scenario {
  const kind = role ?? scenario.load.to;
  const [old] = scenario.peers[kind]?.serves ?? [];
  return Scenario.parse({
    ...scenario,
    peers: {
      ...scenario.peers,
      [kind]: {
        ...scenario.peers[kind],
        serves: [{ server: 'image', ports: [port], ...(old?.upstream && { upstream: old.upstream }) }],
        image: ForeignImage.parse({ reference, env }),
      },
    },
    // Variants may change the server that is no longer there.
    variants: undefined,
  });
}
