import yargs from 'yargs';
import { causeText, type ExitCode, exitCode, HarnessError, objectionsError } from './model/errors.ts';

/** Words → command. Commands are loaded when they are called: start-up is part of every run. */
async function main(words: string[]): Promise<ExitCode> {
  let code: ExitCode = exitCode.ok;
  const cli = yargs(words)
    .scriptName('npm run')
    .usage('Reproduces TCP TIME_WAIT and ephemeral-port exhaustion between real network stacks.')
    .parserConfiguration({ 'duplicate-arguments-array': false, 'greedy-arrays': false, 'parse-numbers': false })
    .strict()
    .command(
      'scenario [names..]',
      'run scenarios and report',
      (command) =>
        command
          .positional('names', { type: 'string', array: true, default: [] as string[] })
          .option('list', { type: 'boolean', default: false, describe: 'what there is, with a line each' })
          .option('all', { type: 'boolean', default: false, describe: 'every scenario' })
          .option('profiles', { type: 'string', describe: 'profiles to compare, a,b; the first is the base' })
          .option('runtime', { type: 'string', default: 'auto', describe: 'auto, netns or docker' })
          .option('quick', { type: 'boolean', default: false, describe: '1,000 ports and a few seconds' })
          .option('duration', { type: 'string', describe: 'length of the load, such as 90s' })
          .option('rate', { type: 'string', describe: 'arrivals per second (open loop), or max (closed loop)' })
          .option('repeat', { type: 'string', describe: 'repetitions, interleaved' })
          .option('parallel', { type: 'string', describe: 'cells at a time' })
          .option('engine', { type: 'string', describe: 'churn, autocannon, …' })
          .option('threads', { type: 'string', describe: 'threads of the engine' })
          .option('sysctl', {
            type: 'string',
            array: true,
            default: [] as string[],
            describe: 'KEY=VALUE, or ROLE:KEY=VALUE',
          })
          .option('samples-hz', { type: 'string', describe: 'samples per second, 10 by default' })
          .option('out', { type: 'string', describe: 'folder for the run; results/RUN by default' })
          .option('json', { type: 'boolean', default: false, describe: 'the report on stdout' }),
      async (args) => {
        if (args.list) {
          const { listCommand } = await import('./commands/list.ts');
          code = listCommand({ json: args.json });
          return;
        }
        const { scenarioCommand } = await import('./commands/scenario.ts');
        code = await scenarioCommand({ ...args, names: args.names.map(String) }, words);
      },
    )
    .command(
      'report <folder>',
      "make a run's reports again from its journal",
      (command) =>
        command
          .positional('folder', { type: 'string', demandOption: true })
          .option('json', { type: 'boolean', default: false, describe: 'the report on stdout' }),
      async (args) => {
        const { reportCommand } = await import('./commands/report.ts');
        code = await reportCommand(args.folder, { json: args.json });
      },
    )
    .command(
      'doctor',
      'what this machine can and cannot run, and how to mend it',
      (command) => command.option('json', { type: 'boolean', default: false, describe: 'for programs' }),
      async (args) => {
        const { doctorCommand } = await import('./commands/doctor.ts');
        code = await doctorCommand({ json: args.json });
      },
    )
    .command('clean', 'remove whatever a killed run left', {}, async () => {
      const { cleanCommand } = await import('./commands/clean.ts');
      code = await cleanCommand();
    })
    .demandCommand(1, 'say what to do: scenario, compare, report, doctor or clean')
    .help()
    .version(false)
    .fail((message, error) => {
      if (error) throw error;
      throw objectionsError([{ field: 'command line', message, hint: '--help shows the words' }]);
    });
  await cli.parseAsync();
  return code;
}

/** The one place where an error is printed: what, every objection, and what mends it. */
function printError(error: unknown): ExitCode {
  const write = (text: string) => process.stderr.write(`${text}\n`);
  if (!(error instanceof HarnessError)) {
    write(`unexpected: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`);
    return exitCode.cellFailed;
  }
  write(`error: ${causeText(error)}`);
  for (const { field, message, hint } of error.objections) {
    write(`  ${field}: ${message}${hint === undefined ? '' : `\n    hint: ${hint}`}`);
  }
  if (error.hint !== undefined) write(`hint: ${error.hint}`);
  return error.exitCode;
}

try {
  // process.exitCode lets stdout drain; a pending handle must not keep a finished command alive.
  const code = await main(process.argv.slice(2));
  process.stdout.write('', () => process.exit(code));
} catch (error) {
  const code = printError(error);
  process.stderr.write('', () => process.exit(code));
}
