import type { Argv } from 'yargs';
import yargs from 'yargs';
import { labVersion } from './cli/lab-version.ts';
import { causeText, type ExitCode, exitCode, HarnessError, validationError } from './model/errors.ts';
import { scriptName } from './model/lab-command.ts';
import { runtimes } from './runtime/registry.ts';

/** Words → command. Commands are loaded when they are called: start-up is part of every run. */
async function main(words: string[]): Promise<ExitCode> {
  let code: ExitCode = exitCode.ok;
  const done = (result: ExitCode) => {
    code = result;
  };
  const cli = yargs(words)
    .scriptName(scriptName)
    .usage('Reproduces TCP TIME_WAIT and ephemeral-port exhaustion between real network stacks.')
    .parserConfiguration({ 'greedy-arrays': false, 'parse-numbers': false })
    .middleware(refuseRepeated, true)
    .strict()
    .demandCommand(1, 'say what to do: scenario, compare, report, history, doctor or clean')
    .help()
    .version(labVersion ?? 'not built')
    .fail((message, error) => {
      if (error) throw error;
      throw validationError([{ field: 'command line', message, hint: '--help shows the words' }]);
    });
  scenarioWords(cli, words, done);
  reportWords(cli, done);
  compareWords(cli, done);
  machineWords(cli, done);
  pageWords(cli, done);
  await cli.parseAsync();
  return code;
}

/** Options and words that take several values. */
const several = ['_', 'names', 'runs', 'sysctl', 'server-env', 'serverEnv', 'client-env', 'clientEnv'];

/** yargs makes an array of an option that is given twice; which one was meant is not for us to guess. */
function refuseRepeated(args: Record<string, unknown>): void {
  const repeated = Object.entries(args).filter(([name, value]) => Array.isArray(value) && !several.includes(name));
  if (repeated.length === 0) return;
  const names = [...new Set(repeated.map(([name]) => name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)))];
  throw validationError(names.map((name) => ({ field: `--${name}`, message: 'given more than once' })));
}

type Done = (code: ExitCode) => void;

function scenarioWords(cli: Argv, words: string[], done: Done): void {
  cli.command(
    'scenario [names..]',
    'run scenarios and report',
    (command) =>
      command
        .positional('names', { type: 'string', array: true, default: [] as string[] })
        .option('list', { type: 'boolean', default: false, describe: 'what there is, with a line each' })
        .option('all', { type: 'boolean', default: false, describe: 'every scenario' })
        .option('profiles', { type: 'string', describe: 'profiles to compare, a,b; the first is the base' })
        .option('runtime', {
          type: 'string',
          default: 'auto',
          describe: ['auto', ...runtimes.map((runtime) => runtime.name)].join(', '),
        })
        .option('quick', { type: 'boolean', default: false, describe: '1,000 ports and a few seconds' })
        .option('duration', { type: 'string', describe: 'length of the load, such as 90s' })
        .option('rate', { type: 'string', describe: 'arrivals per second (open loop), or max (closed loop)' })
        .option('repeat', { type: 'string', describe: 'repetitions, interleaved' })
        .option('parallel', { type: 'string', describe: 'cells at a time, or auto: by CPU need' })
        .option('engine', { type: 'string', describe: 'churn, autocannon, …' })
        .option('client-cmd', {
          type: 'string',
          describe: "a client of your own as load, 'PROGRAM ARGS'; {url}, {address} and {port} are filled in",
        })
        .option('threads', { type: 'string', describe: 'threads of the engine' })
        .option('sysctl', {
          type: 'string',
          array: true,
          default: [] as string[],
          describe: 'KEY=VALUE, or ROLE:KEY=VALUE',
        })
        .option('server-image', { type: 'string', describe: 'put this container image under test' })
        .option('server-port', { type: 'string', describe: 'port that it serves on, 8080 by default' })
        .option('server-env', { type: 'string', array: true, default: [] as string[], describe: 'NAME=VALUE for it' })
        .option('client-image', { type: 'string', describe: 'this container image makes the load' })
        .option('client-args', { type: 'string', describe: 'its arguments; {address}, {port}, {url} are filled in' })
        .option('client-env', { type: 'string', array: true, default: [] as string[], describe: 'NAME=VALUE for it' })
        .option('samples-hz', { type: 'string', describe: 'samples per second, 10 by default' })
        .option('gate', { type: 'string', describe: 'file of gates that must hold' })
        .option('fail', { type: 'boolean', default: true, describe: '--no-fail: exit 0 whatever does not hold' })
        .option('out', { type: 'string', describe: 'folder for the run; results/RUN by default' })
        .option('format', formatOption)
        .option('json', { type: 'boolean', default: false, describe: 'the report on stdout' })
        .option('log-level', {
          choices: ['trace', 'debug', 'info', 'warn', 'error', 'silent'],
          default: 'warn',
          describe: 'logs on stderr',
        }),
    async (args) => {
      if (args.list) {
        const { listCommand } = await import('./commands/list.ts');
        return done(listCommand({ json: args.json }));
      }
      const { scenarioCommand } = await import('./commands/scenario.ts');
      const formats = splitAtCommas(args.format);
      done(await scenarioCommand({ ...args, names: args.names.map(String), formats }, words));
    },
  );
}

const formatOption = {
  type: 'string',
  default: 'json,markdown,html,junit',
  describe: 'report files: json, markdown, html, junit, csv, openmetrics, action-benchmark, svg',
} as const;

function reportWords(cli: Argv, done: Done): void {
  cli.command(
    'report <folder>',
    "make a run's reports again from its journal",
    (command) =>
      command
        .positional('folder', { type: 'string', demandOption: true })
        .option('format', formatOption)
        .option('json', { type: 'boolean', default: false, describe: 'the report on stdout' }),
    async (args) => {
      const { reportCommand } = await import('./commands/report.ts');
      done(await reportCommand(args.folder, { json: args.json, formats: splitAtCommas(args.format) }));
    },
  );
  cli.command(
    'history <action> [runs..]',
    'the trend over runs: add RUN, show, or html',
    (command) =>
      command
        .positional('action', { choices: ['add', 'show', 'html'] as const, demandOption: true })
        .positional('runs', { type: 'string', array: true, default: [] as string[] })
        .option('file', { type: 'string', default: 'results/history.jsonl', describe: 'the history' })
        .option('out', { type: 'string', describe: 'page to write; beside the history by default' })
        .option('last', { type: 'number', describe: 'only the last so many runs' }),
    async (args) => {
      const { historyCommand } = await import('./commands/history.ts');
      done(await historyCommand({ ...args, runs: args.runs.map(String) }));
    },
  );
}

function compareWords(cli: Argv, done: Done): void {
  cli.command(
    'compare <runs..>',
    'what differs between runs, and whether to believe it',
    (command) =>
      command
        .positional('runs', { type: 'string', array: true, demandOption: true })
        .option('gate', { type: 'string', describe: 'file of gates that every run but the first must hold' })
        .option('fail', { type: 'boolean', default: true, describe: '--no-fail: exit 0 whatever was found' })
        .option('pool', { type: 'boolean', default: false, describe: 'all runs but the last are one base' })
        .option('calibrate', { type: 'boolean', default: false, describe: 'measure the noise floor of like runs' })
        .option('noise-floor', { type: 'string', describe: 'file of a noise floor, read or (--calibrate) written' })
        .option('min-effect', { type: 'string', describe: 'least relative difference that counts, 0.1 is 10 %' })
        .option('alpha', { type: 'string', describe: 'level of the test, 0.01 by default' })
        .option('format', { choices: ['terminal', 'markdown', 'json'] as const, default: 'terminal' as const }),
    async (args) => {
      const { compareCommand } = await import('./commands/compare.ts');
      done(await compareCommand({ ...args, runs: args.runs.map(String) }));
    },
  );
}

function machineWords(cli: Argv, done: Done): void {
  cli.command(
    'doctor',
    'what this machine can and cannot run, and how to fix it',
    (command) => command.option('json', { type: 'boolean', default: false, describe: 'for programs' }),
    async (args) => {
      const { doctorCommand } = await import('./commands/doctor.ts');
      done(await doctorCommand({ json: args.json }));
    },
  );
  cli.command(
    'images',
    'build the container images',
    (command) =>
      command
        .option('base', { type: 'string', describe: "base image, or debootstrap: from Debian's packages, no registry" })
        .option('refresh', { type: 'boolean', default: false, describe: 'make the debootstrap base anew' })
        .option('only', { type: 'string', describe: 'names of images, a,b' }),
    async (args) => {
      const { imagesCommand } = await import('./commands/images.ts');
      const only = args.only === undefined ? undefined : splitAtCommas(args.only);
      done(await imagesCommand({ base: args.base, refresh: args.refresh, only }));
    },
  );
  cli.command('clean', 'remove whatever a killed run left', {}, async () => {
    const { cleanCommand } = await import('./commands/clean.ts');
    done(await cleanCommand());
  });
  cli.command(
    'schema',
    'write the JSON Schemas of reports, journals, gates and scenario files',
    (command) => command.option('out', { type: 'string', default: 'schemas' }),
    async (args) => {
      const { schemaCommand } = await import('./commands/schema.ts');
      done(await schemaCommand({ out: args.out }));
    },
  );
}

function pageWords(cli: Argv, done: Done): void {
  cli.command(
    'pages <run>',
    'write docs/scenarios/ from a run',
    (command) =>
      command
        .positional('run', { type: 'string', demandOption: true })
        .option('out', { type: 'string', default: 'docs/scenarios', describe: 'folder to write to' }),
    async (args) => {
      const { pagesCommand } = await import('./commands/pages.ts');
      done(await pagesCommand({ run: args.run, out: args.out }));
    },
  );
}

function splitAtCommas(text: string): string[] {
  return text
    .split(',')
    .map((word) => word.trim())
    .filter((word) => word !== '');
}

/** The one place where an error is printed: what, every issue, and what mends it. */
function printError(error: unknown): ExitCode {
  const write = (text: string) => process.stderr.write(`${text}\n`);
  if (!(error instanceof HarnessError)) {
    write(`unexpected: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`);
    return exitCode.cellFailed;
  }
  write(`error: ${causeText(error)}`);
  for (const { field, message, hint } of error.issues) {
    write(`  ${field}: ${message}${hint === undefined ? '' : `\n    hint: ${hint}`}`);
  }
  if (error.hint !== undefined) write(`hint: ${error.hint}`);
  return error.exitCode;
}

try {
  // The empty write lets stdout drain first; a pending handle must not keep a finished command alive.
  const code = await main(process.argv.slice(2));
  process.stdout.write('', () => process.exit(code));
} catch (error) {
  const code = printError(error);
  process.stderr.write('', () => process.exit(code));
}
