import { placeholders } from '../load/program/command-line.ts';
import { engineTraits } from '../load/traits.ts';
import type { ValidationIssue } from '../model/errors.ts';
import { didYouMean, shortened } from '../model/nearest.ts';
import type { ClientImage } from '../model/scenario.ts';
import { readClientImage } from '../plan/client-image.ts';
import type { Overrides } from '../plan/overrides.ts';
import { argumentIssues, programIssues } from '../program/command-issues.ts';
import { splitCommandLine } from '../program/command-line.ts';
import { fromEnvironment } from './env-options.ts';

/** Arguments that replace the scenario's engine. */
export interface LoadArguments {
  engine?: string | undefined;
  /** The user's own program. */
  clientCmd?: string | undefined;
  /** Whether its failed calls are traced. */
  traceErrors?: boolean | undefined;
  threads?: string | undefined;
  clientImage?: string | undefined;
  clientArgs?: string | undefined;
  clientEnv: string[];
}

export interface LoadChoice {
  overrides: Pick<Overrides, 'engine' | 'clientCommand' | 'traceErrors' | 'threads' | 'hasClientImage'>;
  /** `null`: no image makes the load. */
  image: ClientImage | null;
}

/** Only one of engine, program and image may make the load; threads require an engine. `threads`: already parsed. */
export function readLoadArguments(
  args: LoadArguments,
  threads: number | undefined,
  issues: ValidationIssue[],
): LoadChoice {
  const { engine, clientCmd, clientImage } = args;
  const makers = [
    ...(clientImage === undefined ? [] : ['--client-image']),
    ...(clientCmd === undefined ? [] : ['--client-cmd']),
    ...(engine === undefined ? [] : ['--engine']),
  ];
  const [maker, ...others] = makers;
  if (maker !== undefined && others.length > 0) {
    const hint = `omit ${others.join(' and ')}`;
    issues.push({ field: maker, message: `makes the load, and cannot be combined with ${others.join(' and ')}`, hint });
  }
  if (args.threads !== undefined && maker !== undefined && maker !== '--engine') {
    const message = `applies only to the lab's own engines, not to ${maker}`;
    issues.push({ field: '--threads', message, hint: 'omit --threads' });
  }
  if (args.traceErrors === true && maker !== undefined && maker !== '--client-cmd') {
    const message = `only traces a program that the lab starts, not ${maker}`;
    issues.push({ field: '--trace-errors', message, hint: "use it with --client-cmd 'PROGRAM ARGS'" });
  }
  const isEngine = engine === undefined || engineIssue(engine, issues);
  const wrong = clientCmd === undefined ? [] : programIssues(clientCmd, '--client-cmd', placeholders);
  issues.push(...wrong);
  const image = clientImageOf(args, issues);
  return {
    overrides: {
      ...(engine !== undefined && isEngine && others.length === 0 && { engine }),
      ...(clientCmd !== undefined && wrong.length === 0 && { clientCommand: clientCmd }),
      ...(args.traceErrors === true && { traceErrors: true }),
      ...(threads !== undefined && { threads }),
      ...(image !== null && { hasClientImage: true }),
    },
    image,
  };
}

function engineIssue(engine: string, issues: ValidationIssue[]): boolean {
  const names = engineTraits.map((traits) => traits.name);
  if (names.includes(engine)) return true;
  issues.push({ field: '--engine', message: `no engine '${shortened(engine)}'`, hint: didYouMean(engine, names) });
  return false;
}

/** The client image; `null`: none. */
function clientImageOf(args: LoadArguments, issues: ValidationIssue[]): ClientImage | null {
  const { clientImage: image, clientArgs = '', clientEnv: env } = args;
  if (image === undefined) {
    if (clientArgs !== '' || env.length > 0) {
      const message = '--client-args and --client-env require an image';
      issues.push({ field: '--client-image', message, hint: 'add --client-image IMAGE' });
    }
    return null;
  }
  const read = readClientImage({ image, args: splitCommandLine(clientArgs), env: fromEnvironment(env) });
  const wrong = [...read.issues, ...argumentIssues(clientArgs, '--client-args', placeholders)];
  issues.push(...wrong);
  return wrong.length === 0 ? read.value : null;
}
