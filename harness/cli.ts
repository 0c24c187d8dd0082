import type { Argv } from 'yargs';
import yargs from 'yargs';
import { commandLineIssues } from './cli/command-line-issues.ts';
import { commandNames, commandOptions } from './cli/command-options.ts';
import { helpExamples } from './cli/help-examples.ts';
import { commandText } from './cli/invocation.ts';
import { labVersion } from './cli/lab-version.ts';
import { npmOptionIssues } from './cli/npm-options.ts';
import {
  causeText,
  type ExitCode,
  exitCode,
  HarnessError,
  type ValidationIssue,
  validationError,
} from './model/errors.ts';
import { labCommand, scriptName } from './model/lab-command.ts';
import { didYouMean, nearest, shortened } from './model/nearest.ts';
import { plainText } from './model/plain-text.ts';

type Tables = ReturnType<typeof commandOptions>;
type Done = (code: ExitCode) => void;

/** Arguments → command. Commands are loaded on demand, to keep start-up short. */
async function main(args: string[]): Promise<ExitCode> {
  let code: ExitCode = exitCode.ok;
  const done = (result: ExitCode) => {
    code = result;
  };
  const isHelp = args.includes('--help');
  // Loading all registries takes a quarter of a second: only --help needs them.
  const tables = commandOptions(isHelp ? (await import('./cli/help-lists.ts')).helpLists : null);
  const issues = isHelp || args[0] === '--version' ? [] : await argumentIssues(args, tables);
  const cli = yargs(args)
    .scriptName(scriptName)
    .usage('Reproduces TCP TIME_WAIT and ephemeral-port exhaustion between real network stacks.')
    .wrap(Math.min(100, process.stdout.columns || 100))
    .parserConfiguration({ 'greedy-arrays': false, 'parse-numbers': false })
    .demandCommand(1)
    .help()
    .version(labVersion ?? 'not built')
    .fail((message, error) => {
      if (error) throw error;
      // If an option is invalid already, yargs' own message adds nothing.
      throw validationError(issues.length > 0 ? issues : [yargsIssue(message, args[0] ?? '')]);
    });
  scenarioCommands(cli, tables, args, issues, done);
  reportCommands(cli, tables, done);
  liveCommands(cli, tables, done);
  machineCommands(cli, tables, done);
  await cli.parseAsync();
  return code;
}

/** The command that a wrong first word may stand for, or `scenario` where it is nearly the name of one. */
async function meant(name: string, rest: readonly string[]): Promise<string> {
  const { scenarios } = await import('../scenarios/registry.ts');
  const names = scenarios.map((scenario) => scenario.name);
  const [scenario] = nearest(name, names, 1);
  if (nearest(name, commandNames).length > 0 || scenario === undefined) return didYouMean(name, commandNames);
  return `did you mean '${labCommand('scenario', scenario, ...rest)}'?`;
}

/**
 * Issues with the command's and the options' names. `scenario` reports them with its own; other commands throw here.
 */
async function argumentIssues(args: readonly string[], tables: Tables): Promise<ValidationIssue[]> {
  const field = 'command line';
  const [name, ...rest] = args;
  const known = commandNames.find((command) => command === name);
  if (known === undefined) {
    const hint = `one of ${commandNames.join(', ')}; ${scriptName} COMMAND ${scriptName === 'npm run' ? '-- ' : ''}--help`;
    if (name === undefined || name.startsWith('-')) throw validationError([{ field, message: 'no command', hint }]);
    throw validationError([{ field, message: `no command '${shortened(name)}'`, hint: await meant(name, rest) }]);
  }
  const taken = npmOptionIssues(known, rest, tables[known], process.env);
  if (taken.length > 0) throw validationError(taken);
  const issues = commandLineIssues(known, rest, tables[known]);
  if (issues.length > 0 && known !== 'scenario') throw validationError(issues);
  return issues;
}

/** The issue that yargs found: a missing argument, or an invalid choice. */
function yargsIssue(message: string, command: string): ValidationIssue {
  const choice = /Argument: ([\w-]+), Given: "([^"]*)", Choices: (.*)/.exec(message);
  if (choice !== null) {
    const [, name = '', given = '', choices = ''] = choice;
    const hint = didYouMean(given, choices.replaceAll('"', '').split(', '));
    return { field: name, message: `'${shortened(given)}' is not valid`, hint };
  }
  const example = examples[command];
  const hint = example === undefined ? `one of ${commandNames.join(', ')}` : commandText(command, example);
  if (!/Not enough non-option/.test(message))
    return { field: 'command line', message: message.replace(/\s+/g, ' '), hint };
  return { field: 'command line', message: `${command} needs an argument`, hint };
}

/** Example arguments for the commands that need some. */
const examples: Readonly<Record<string, readonly string[]>> = {
  compare: ['results/BEFORE', 'results/AFTER'],
  report: ['results/RUN'],
  history: ['add', 'results/RUN'],
  pages: ['results/RUN'],
};

function scenarioCommands(cli: Argv, tables: Tables, all: string[], issues: ValidationIssue[], done: Done): void {
  cli.command(
    'scenario [names..]',
    'run scenarios and report',
    (command) =>
      command
        .positional('names', {
          type: 'string',
          array: true,
          default: [] as string[],
          describe: 'scenarios of the catalogue, or scenario files (docs/scenario-files.md)',
        })
        .options(tables.scenario)
        .example(helpExamples('scenario')),
    async (args) => {
      if (args.list || args.symptom !== undefined) {
        if (issues.length > 0) throw validationError(issues);
        const { listCommand } = await import('./commands/list.ts');
        return done(listCommand(args));
      }
      const { scenarioCommand } = await import('./commands/scenario.ts');
      const { usualFormats } = await import('./cli/write-reports.ts');
      const formats = args.format === undefined ? usualFormats : splitAtCommas(args.format);
      done(await scenarioCommand({ ...args, names: args.names.map(String), formats, issues }, all));
    },
  );
  cli.command(
    'kernels [names..]',
    'run scenarios under several kernels, and show what differs',
    (command) =>
      command
        .positional('names', { type: 'string', array: true, default: [] as string[] })
        .options(tables.kernels)
        .example(helpExamples('kernels')),
    async (args) => {
      if (args.list) {
        const { kernelListCommand } = await import('./commands/kernel-list.ts');
        return done(await kernelListCommand({ json: args.json }));
      }
      const { kernelsCommand } = await import('./commands/kernels.ts');
      done(await kernelsCommand({ ...args, names: args.names.map(String) }));
    },
  );
  cli.command(
    'pages <run>',
    'write docs/scenarios/ from a run',
    (command) => command.positional('run', { type: 'string', demandOption: true }).options(tables.pages),
    async (args) => {
      const { pagesCommand } = await import('./commands/pages.ts');
      done(await pagesCommand({ run: args.run, out: args.out }));
    },
  );
}

function reportCommands(cli: Argv, tables: Tables, done: Done): void {
  cli.command(
    'report <folder>',
    "regenerate a run's reports from its journal",
    (command) => command.positional('folder', { type: 'string', demandOption: true }).options(tables.report),
    async (args) => {
      const { reportCommand } = await import('./commands/report.ts');
      const { usualFormats } = await import('./cli/write-reports.ts');
      const formats = args.format === undefined ? usualFormats : splitAtCommas(args.format);
      done(await reportCommand(args.folder, { json: args.json, verbose: args.verbose, formats }));
    },
  );
  cli.command(
    'compare <runs..>',
    'what differs between runs, and whether the difference is significant',
    (command) =>
      command
        .positional('runs', { type: 'string', array: true, demandOption: true })
        .options(tables.compare)
        .example(helpExamples('compare')),
    async (args) => {
      const { compareCommand } = await import('./commands/compare.ts');
      done(await compareCommand({ ...args, runs: args.runs.map(String) }));
    },
  );
  cli.command(
    'history <action> [runs..]',
    'the trend across runs: add RUN, show, or html',
    (command) =>
      command
        .positional('action', { choices: ['add', 'show', 'html'] as const, demandOption: true })
        .positional('runs', { type: 'string', array: true, default: [] as string[] })
        .options(tables.history),
    async (args) => {
      const { historyCommand } = await import('./commands/history.ts');
      done(await historyCommand({ ...args, runs: args.runs.map(String) }));
    },
  );
}

function liveCommands(cli: Argv, tables: Tables, done: Done): void {
  cli.command(
    'observe',
    'which destination of a live stack runs out of ports, when and why; reads only',
    (command) => command.options(tables.observe).example(helpExamples('observe')),
    async (args) => {
      const { observeCommand } = await import('./commands/observe.ts');
      done(await observeCommand(args));
    },
  );
  cli.command(
    'budget',
    'ceiling, time to exhaustion and plateau that settings allow, without a run',
    (command) => command.options(tables.budget).example(helpExamples('budget')),
    async (args) => {
      const { budgetCommand } = await import('./commands/budget.ts');
      done(await budgetCommand(args));
    },
  );
}

function machineCommands(cli: Argv, tables: Tables, done: Done): void {
  cli.command(
    'doctor',
    'what this machine can and cannot run, and how to fix it',
    (command) => command.options(tables.doctor).example(helpExamples('doctor')),
    async (args) => {
      if (args.sysctlFile !== undefined) {
        const { sysctlFileCommand } = await import('./commands/sysctl-file.ts');
        done(await sysctlFileCommand(args.sysctlFile, { json: args.json }));
        return;
      }
      const { doctorCommand } = await import('./commands/doctor.ts');
      done(await doctorCommand(args));
    },
  );
  cli.command(
    'images',
    'build the container images',
    (command) => command.options(tables.images),
    async (args) => {
      const { imagesCommand } = await import('./commands/images.ts');
      const only = args.only === undefined ? undefined : splitAtCommas(args.only);
      done(await imagesCommand({ base: args.base, refresh: args.refresh, only }));
    },
  );
  cli.command(
    'clean',
    'remove what killed runs left behind',
    (command) => command.options(tables.clean),
    async (args) => {
      const { cleanCommand } = await import('./commands/clean.ts');
      done(await cleanCommand(args));
    },
  );
  cli.command(
    'schema',
    'write the JSON Schemas of reports, journals, gates and scenario files',
    (command) => command.options(tables.schema),
    async (args) => {
      const { schemaCommand } = await import('./commands/schema.ts');
      done(await schemaCommand({ out: args.out }));
    },
  );
}

/** Splits a list at commas. Keeps empty names, which the command reports. */
function splitAtCommas(text: string): string[] {
  return text.split(',').map((name) => name.trim());
}

/** The one place where an error is printed: what happened, every issue, and the hint. */
function printError(error: unknown): ExitCode {
  const write = (text: string) => process.stderr.write(`${text}\n`);
  if (!(error instanceof HarnessError)) {
    const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
    write(`unexpected: ${text.split('\n').map(plainText).join('\n')}`);
    return exitCode.cellFailed;
  }
  write(`error: ${plainText(causeText(error))}`);
  for (const { field, message, hint } of error.issues) {
    write(`  ${plainText(`${field}: ${message}`)}${hint === undefined ? '' : `\n    hint: ${plainText(hint)}`}`);
  }
  if (error.hint !== undefined) write(`hint: ${plainText(error.hint)}`);
  return error.exitCode;
}

try {
  // The empty write drains stdout first; a pending handle must not keep a finished command alive.
  const code = await main(process.argv.slice(2));
  process.stdout.write('', () => process.exit(code));
} catch (error) {
  const code = printError(error);
  process.stderr.write('', () => process.exit(code));
}
