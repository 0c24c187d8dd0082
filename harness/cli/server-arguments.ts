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
import { fromEnvironment } from './env-options.ts';

/** Arguments that replace servers, as given: each `[ROLE=]VALUE`, for the role that the load goes to by default. */
export interface ServerArguments {
  serverImage?: readonly string[] | undefined;
  serverCmd?: readonly string[] | undefined;
  serverPort?: readonly string[] | undefined;
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
  const { serverImage = [], serverCmd = [], serverPort = [], serverEnv } = args;
  const before = issues.length;
  const roles = new Set(scenarios.flatMap((scenario) => Object.keys(scenario.peers)));
  const programs = readReplacements(serverCmd, '--server-cmd', roles, issues);
  const images = readReplacements(serverImage, '--server-image', roles, issues);
  const ports = readReplacements(serverPort, '--server-port', roles, issues);
  const all = [...programs, ...images];
  const env = serverEnv.map((text) => readEnv(text, roles));
  issues.push(
    ...serverCommandIssues(programs, '--server-cmd'),
    ...bothIssues(programs, images),
    ...missingRoleIssues(scenarios, programs, '--server-cmd'),
    ...missingRoleIssues(scenarios, images, '--server-image'),
    ...strayIssues(ports, all, '--server-port', "--server-cmd 'PROGRAM' or --server-image IMAGE"),
    ...strayIssues(env, images, '--server-env', '--server-image IMAGE'),
    ...ports.filter(({ value }) => !isPort(value)).map(({ value }) => notPort(value)),
  );
  const read = images.map(({ role, value }): ServerImage => {
    const own = env.filter((one) => one.role === role).map((one) => one.value);
    const port = ports.find((one) => one.role === role && isPort(one.value))?.value;
    const { value: image, issues: wrong } = readServerImage({ image: value, port, env: fromEnvironment(own) });
    issues.push(...wrong);
    return { ...image, role };
  });
  const isWrong = issues.length > before;
  return {
    hasImage: images.length > 0,
    option: programs.length > 0 ? '--server-cmd' : images.length > 0 ? '--server-image' : null,
    apply(scenario) {
      if (isWrong) return scenario;
      const withPrograms = programs.reduce((changed, program) => {
        const port = ports.find(({ role }) => role === program.role);
        return withServerCommand(changed, program, {
          port: port === undefined ? undefined : Number(port.value),
          folder: process.cwd(),
        });
      }, scenario);
      return read.reduce(withServerImage, withPrograms);
    },
  };
}

/** `[ROLE=]NAME=VALUE`. */
function readEnv(text: string, roles: ReadonlySet<string>): Replacement {
  const [, role = '', value = ''] = /^([a-z][a-z0-9-]*)=([^=]+=[\s\S]*)$/.exec(text) ?? [];
  return roles.has(role) ? { role, value } : { role: null, value: text };
}

const isPort = (text: string) => /^\d+$/.test(text) && Number(text) >= 1 && Number(text) <= 65_535;

function notPort(text: string): ValidationIssue {
  return { field: '--server-port', message: `'${text}' is not a port`, hint: '1 to 65535, or ROLE=PORT' };
}

/** Values for a role of which nothing replaces the servers. */
function strayIssues(
  values: readonly Replacement[],
  replaced: readonly Replacement[],
  field: string,
  needs: string,
): ValidationIssue[] {
  const stray = [...new Set(values.map(({ role }) => role))].filter(
    (role) => !replaced.some((one) => one.role === role),
  );
  return stray.map((role) => {
    const [only] = replaced;
    const isNamed = role === null && only !== undefined && only.role !== null;
    const hint = isNamed
      ? `write ${field} ${only.role}=…`
      : `add ${role === null ? needs : needs.replaceAll("'PROGRAM'", `'${role}=PROGRAM'`).replaceAll(' IMAGE', ` ${role}=IMAGE`)}`;
    const where = role === null ? '' : ` for ${role}`;
    return { field, message: `applies to nothing: there is no program or image${where}`, hint };
  });
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
