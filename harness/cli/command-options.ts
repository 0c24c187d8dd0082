import type { Options } from 'yargs';
import type { OptionTraits } from './command-line-issues.ts';

type Table = Readonly<Record<string, Options & Pick<OptionTraits, 'oneOf' | 'isPath'>>>;

const logLevels = ['trace', 'debug', 'info', 'warn', 'error', 'silent'];

const json = { type: 'boolean', default: false, describe: 'the report on stdout, for programs' } as const;
const fail = { type: 'boolean', default: true, describe: '--no-fail: exit 0 whatever does not hold' } as const;
const none: string[] = [];

/** Lists that the registries give (help-lists.ts); read for --help alone, start-up is part of every run. */
export interface HelpLists {
  formats: string;
  usualFormats: string;
  engines: string;
  runtimes: string;
}

const format = (lists: HelpLists | null) =>
  ({
    type: 'string',
    describe: lists === null ? 'report files' : `report files, a,b: ${lists.formats}; ${lists.usualFormats} by default`,
  }) as const;

const scenarioOptions = (lists: HelpLists | null) =>
  ({
    list: { type: 'boolean', default: false, describe: 'scenarios and profiles, a line each' },
    all: { type: 'boolean', default: false, describe: 'every scenario' },
    profiles: { type: 'string', describe: 'profiles to compare, a,b; the first is the base' },
    runtime: { type: 'string', default: 'auto', describe: lists?.runtimes ?? 'where peers run' },
    quick: { type: 'boolean', default: false, describe: '1,000 ports and a few seconds' },
    duration: { type: 'string', describe: 'length of the load, such as 90s' },
    rate: { type: 'string', describe: 'arrivals per second (open loop), or max (closed loop)' },
    repeat: { type: 'string', describe: 'repetitions, interleaved' },
    parallel: { type: 'string', describe: 'cells at a time; auto, the default: by CPU need' },
    engine: { type: 'string', describe: `what makes the load: ${lists?.engines ?? 'churn, …'}` },
    'client-cmd': {
      type: 'string',
      describe:
        "your own client as load, 'PROGRAM ARGS'; {url}, {address}, {port}, {target} and {targets} are filled in",
    },
    'trace-errors': {
      type: 'boolean',
      default: false,
      describe: 'count its failed connect() and bind() calls with strace: exact, and slower',
    },
    threads: { type: 'string', describe: 'threads of the engine' },
    sysctl: { type: 'string', array: true, default: none, describe: 'KEY=VALUE, or ROLE:KEY=VALUE' },
    'server-image': { type: 'string', describe: 'put this container image under test' },
    'server-port': { type: 'string', describe: 'port that it serves on, 8080 by default' },
    'server-env': { type: 'string', array: true, default: none, describe: 'NAME=VALUE for it' },
    'client-image': { type: 'string', describe: 'this container image makes the load' },
    'client-args': { type: 'string', describe: 'its arguments; placeholders as in --client-cmd' },
    'client-env': { type: 'string', array: true, default: none, describe: 'NAME=VALUE for it' },
    'samples-hz': { type: 'string', describe: 'samples per second, 10 by default' },
    gate: { type: 'string', isPath: true, describe: 'file of gates that must hold' },
    fail,
    out: { type: 'string', isPath: true, describe: 'folder for the run; results/RUN by default' },
    format: format(lists),
    json,
    'log-level': {
      type: 'string',
      oneOf: logLevels,
      default: 'warn',
      describe: `logs on stderr: ${logLevels.join(', ')}`,
    },
  }) as const satisfies Table;

const reportOptions = (lists: HelpLists | null) => ({ format: format(lists), json }) as const satisfies Table;

const historyOptions = {
  file: { type: 'string', isPath: true, default: 'results/history.jsonl', describe: 'the history' },
  out: { type: 'string', isPath: true, describe: 'page to write; beside the history by default' },
  last: { type: 'string', describe: 'only the last so many runs' },
} as const satisfies Table;

const compareOptions = {
  gate: { type: 'string', isPath: true, describe: 'file of gates that every run but the first must hold' },
  fail,
  pool: { type: 'boolean', default: false, describe: 'all runs but the last are one base' },
  calibrate: { type: 'boolean', default: false, describe: 'measure the noise floor of like runs' },
  'noise-floor': { type: 'string', isPath: true, describe: 'file of a noise floor, read or (--calibrate) written' },
  'min-effect': { type: 'string', describe: 'least relative difference that counts, 0.1 is 10 %' },
  alpha: { type: 'string', describe: 'level of the test, 0.01 by default' },
  format: { choices: ['terminal', 'markdown', 'json'], default: 'terminal', describe: 'how it is printed' },
} as const satisfies Table;

const doctorOptions = { json: { ...json, describe: 'for programs' } } as const satisfies Table;

const imagesOptions = {
  base: { type: 'string', describe: "base image, or debootstrap: from Debian's packages, no registry" },
  refresh: { type: 'boolean', default: false, describe: 'make the debootstrap base anew' },
  only: { type: 'string', describe: 'names of images, a,b' },
} as const satisfies Table;

const schemaOptions = {
  out: { type: 'string', isPath: true, default: 'schemas', describe: 'folder to write to' },
} as const satisfies Table;

const pagesOptions = {
  out: { type: 'string', isPath: true, default: 'docs/scenarios', describe: 'folder to write to' },
} as const satisfies Table;

/** Options of every command. `lists`: for the texts of --help; `null` otherwise. */
export const commandOptions = (lists: HelpLists | null) => ({
  scenario: scenarioOptions(lists),
  compare: compareOptions,
  report: reportOptions(lists),
  history: historyOptions,
  doctor: doctorOptions,
  images: imagesOptions,
  clean: {},
  schema: schemaOptions,
  pages: pagesOptions,
});

export type CommandName = keyof ReturnType<typeof commandOptions>;

export const commandNames = Object.keys(commandOptions(null)) as CommandName[];
