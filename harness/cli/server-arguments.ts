import type { ValidationIssue } from '../model/errors.ts';
import type { Scenario } from '../model/scenario.ts';
import {
  missingRoleIssues,
  type Replacement,
  readReplacements,
  serverCommandIssues,
  withServerCommand,
} from '../plan/server-command.ts';
import { readServerImage, type ServerImage, withServerImage } from '../plan/server-image.ts';

/** Arguments that replace servers, as given. */
export interface ServerArguments {
  serverImage?: readonly string[] | undefined;
  serverCmd?: readonly string[] | undefined;
  serverPort?: string | undefined;
  serverEnv: readonly string[];
}

export interface ServerChoice {
  /** The scenario with the named programs and images in place of its servers. */
  apply: (scenario: Scenario) => Scenario;
  hasImage: boolean;
  /** `--server-cmd` or `--server-image`; `null`: the scenarios' own servers. */
  option: string | null;
}

/** Reads what replaces the servers of the named scenarios; every issue at once. */
export function readServerArguments(
  args: ServerArguments,
  scenarios: readonly Scenario[],
  issues: ValidationIssue[],
): ServerChoice {
  const { serverImage: images = [], serverCmd: commands = [], serverPort, serverEnv } = args;
  const before = issues.length;
  if (images.length === 0 && serverEnv.length > 0) {
    const message = '--server-env requires an image';
    issues.push({ field: '--server-image', message, hint: 'add --server-image IMAGE' });
  }
  if (images.length + commands.length === 0) {
    if (serverPort !== undefined) {
      const message = '--server-port requires a program or an image';
      issues.push({ field: '--server-port', message, hint: "add --server-cmd 'PROGRAM' or --server-image IMAGE" });
    }
    return { apply: (scenario) => scenario, hasImage: false, option: null };
  }
  const roles = new Set(scenarios.flatMap((scenario) => Object.keys(scenario.peers)));
  const programs = readReplacements(commands, '--server-cmd', roles, issues);
  const foreign = readReplacements(images, '--server-image', roles, issues);
  issues.push(...serverCommandIssues(programs, '--server-cmd'), ...bothIssues(programs, foreign));
  issues.push(...missingRoleIssues(scenarios, programs, '--server-cmd'));
  issues.push(...missingRoleIssues(scenarios, foreign, '--server-image'));
  const read = foreign.map(({ role, value }): ServerImage => {
    const { value: image, issues: wrong } = readServerImage({ image: value, port: serverPort, env: serverEnv });
    issues.push(...wrong);
    return { ...image, role };
  });
  const port = serverPort === undefined ? undefined : Number(serverPort);
  if (foreign.length === 0 && port !== undefined && !(Number.isInteger(port) && port >= 1 && port <= 65_535)) {
    issues.push({ field: '--server-port', message: `'${serverPort}' is not a port`, hint: '1 to 65535' });
  }
  const option = commands.length > 0 ? '--server-cmd' : '--server-image';
  const isWrong = issues.length > before;
  return {
    hasImage: images.length > 0,
    option,
    apply(scenario) {
      if (isWrong) return scenario;
      const withPrograms = programs.reduce(
        (changed, one) => withServerCommand(changed, one, { port, folder: process.cwd() }),
        scenario,
      );
      return read.reduce(withServerImage, withPrograms);
    },
  };
}

function bothIssues(programs: readonly Replacement[], images: readonly Replacement[]): ValidationIssue[] {
  return images
    .filter(({ role }) => programs.some((program) => program.role === role))
    .map(({ role }) => ({
      field: '--server-cmd',
      message: `and --server-image both name a server${role === null ? '' : ` for ${role}`}`,
      hint: 'omit one of the two',
    }));
}
