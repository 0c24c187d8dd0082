import type { Options } from 'yargs';
import type { OptionTraits } from './command-line-issues.ts';
import { budgetOptions, observeOptions } from './observe-options.ts';

type Table = Readonly<Record<string, Options & Pick<OptionTraits, 'oneOf' | 'isPath'>>>;

const logLevels = ['trace', 'debug', 'info', 'warn', 'error', 'silent'];

const json = { type: 'boolean', default: false, describe: 'print the report as JSON on stdout' } as const;
const fail = { type: 'boolean', default: true, describe: '--no-fail: exit 0 even if something does not hold' } as const;
const verbose = { type: 'boolean', default: false, describe: 'print all figures, not only the summary' } as const;
const none: string[] = [];

/** Lists from the registries (help-lists.ts); loaded only for --help, to keep start-up short. */
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

/** Docker hosts of --runtime swarm (docs/fleet.md). */
const fleetOptions = {
  hosts: {
    type: 'string',
    describe:
      'Docker hosts of --runtime swarm: NAME=ADDRESS,… (unix://, ssh://, tcp://, docker context), or a YAML file',
  },
  'insecure-tcp': { type: 'boolean', default: false, describe: 'allow tcp:// without TLS to a loopback address' },
} as const satisfies Table;

/** The options, under this heading in the command's help. */
function inGroup<const T extends Table>(heading: string, options: T): { [K in keyof T]: T[K] & { group: string } } {
  const grouped = Object.entries(options).map(([name, option]) => [name, { ...option, group: `${heading}:` }]);
  return Object.fromEntries(grouped) as { [K in keyof T]: T[K] & { group: string } };
}

const scenarioOptions = (lists: HelpLists | null) =>
  ({
    ...inGroup('What runs', {
      list: { type: 'boolean', default: false, describe: 'list scenarios by symptom, and profiles' },
      symptom: {
        type: 'string',
        describe: "list the scenarios that show it: 'cannot assign requested address', or any line of a log",
      },
      all: { type: 'boolean', default: false, describe: 'run every scenario' },
      explain: {
        type: 'boolean',
        default: false,
        describe: 'print story, topology, settings, expectations and duration of what would run; run nothing',
      },
      profiles: { type: 'string', describe: 'profiles to compare, a,b; the first is the base' },
      quick: { type: 'boolean', default: false, describe: 'short run: 1,000 ports, a few seconds' },
      sysctl: { type: 'string', array: true, default: none, describe: 'KEY=VALUE, or ROLE:KEY=VALUE' },
      family: { type: 'string', describe: 'internet protocol of all links: 4, or 6 for IPv6; 4 by default' },
      repeat: { type: 'string', describe: 'number of repetitions, interleaved' },
      parallel: { type: 'string', describe: 'cells to run at a time; auto, the default, decides by CPU need' },
    }),
    ...inGroup('Load', {
      rate: { type: 'string', describe: 'arrivals per second (open loop), or max (closed loop)' },
      'max-rate': {
        type: 'string',
        describe: 'slow open loops down to this many arrivals per second, lasting longer accordingly',
      },
      duration: { type: 'string', describe: 'duration of the load, such as 90s' },
      engine: { type: 'string', describe: `load engine: ${lists?.engines ?? 'churn, …'}` },
      threads: { type: 'string', describe: 'threads of the engine' },
    }),
    ...inGroup('Your programs', {
      'client-cmd': {
        type: 'string',
        describe:
          "use your own client as load, 'PROGRAM ARGS'; {url}, {address}, {port}, {target} and {targets} are replaced",
      },
      'trace-errors': {
        type: 'boolean',
        default: false,
        describe: 'count its failed connect() and bind() calls with strace: exact, and slower',
      },
      'server-cmd': {
        type: 'string',
        array: true,
        default: none,
        describe: "your own server, '[ROLE=]PROGRAM ARGS'; {address}, {port}, {upstream}, {upstreams} are replaced",
      },
      'server-image': {
        type: 'string',
        array: true,
        default: none,
        describe: 'container image to test as a server, [ROLE=]IMAGE',
      },
      'server-port': { type: 'string', array: true, default: none, describe: 'port that it listens on, [ROLE=]PORT' },
      'server-env': {
        type: 'string',
        array: true,
        default: none,
        describe: '[ROLE=]NAME=VALUE for the server image, or NAME from your environment',
      },
      'client-image': { type: 'string', describe: 'container image to use as the client' },
      'client-args': { type: 'string', describe: 'arguments of the client image; placeholders as in --client-cmd' },
      'client-env': {
        type: 'string',
        array: true,
        default: none,
        describe: 'NAME=VALUE for the client image, or NAME from your environment',
      },
      'as-root': {
        type: 'boolean',
        default: false,
        describe: "programs under test keep the lab's own rights: as root, they are root on this machine",
      },
      'allow-commands': {
        type: 'boolean',
        default: false,
        describe: 'run the programs that a scenario file of another user names',
      },
    }),
    ...inGroup('Where it runs', {
      runtime: { type: 'string', default: 'auto', describe: lists?.runtimes ?? 'where peers run' },
      ...fleetOptions,
      place: {
        type: 'string',
        describe: 'host of each role, client=b,server=a; by default load on all hosts but the first',
      },
    }),
    ...inGroup('Results', {
      gate: { type: 'string', isPath: true, describe: 'file of gates that must hold' },
      fail,
      out: { type: 'string', isPath: true, describe: 'folder for the run; results/RUN by default' },
      format: format(lists),
      json,
      verbose,
      'samples-hz': { type: 'string', describe: 'samples per second, 10 by default' },
      'log-level': {
        type: 'string',
        oneOf: logLevels,
        default: 'warn',
        describe: `logs on stderr: ${logLevels.join(', ')}`,
      },
    }),
  }) as const satisfies Table;

const reportOptions = (lists: HelpLists | null) => ({ format: format(lists), json, verbose }) as const satisfies Table;

const historyOptions = {
  file: { type: 'string', isPath: true, default: 'results/history.jsonl', describe: 'file with the history' },
  out: { type: 'string', isPath: true, describe: 'page to write; next to the history by default' },
  last: { type: 'string', describe: 'show only the last N runs' },
} as const satisfies Table;

const compareOptions = {
  gate: { type: 'string', isPath: true, describe: 'file of gates that every run but the first must hold' },
  fail,
  pool: { type: 'boolean', default: false, describe: 'pool all runs but the last into one base' },
  calibrate: { type: 'boolean', default: false, describe: 'measure the noise floor from identical runs' },
  'noise-floor': { type: 'string', isPath: true, describe: 'noise floor file to read, or with --calibrate to write' },
  'min-effect': { type: 'string', describe: 'smallest relative difference that counts; 0.1 is 10 %' },
  alpha: { type: 'string', describe: 'significance level, 0.01 by default' },
  format: { choices: ['terminal', 'markdown', 'json'], default: 'terminal', describe: 'output format' },
} as const satisfies Table;

const doctorOptions = {
  'sysctl-file': {
    type: 'string',
    isPath: true,
    describe: 'only review this sysctl.conf, line by line: what is applied, what has an effect on TIME_WAIT',
  },
  ...fleetOptions,
  json: { ...json, describe: 'print the findings as JSON on stdout' },
} as const satisfies Table;

const imagesOptions = {
  base: { type: 'string', describe: "base image, or debootstrap: build it from Debian's packages, without a registry" },
  refresh: { type: 'boolean', default: false, describe: 'rebuild the debootstrap base' },
  only: { type: 'string', describe: 'images to build, a,b; runner: the whole lab (docs/kubernetes.md)' },
} as const satisfies Table;

const schemaOptions = {
  out: { type: 'string', isPath: true, default: 'schemas', describe: 'folder to write to' },
} as const satisfies Table;

const pagesOptions = {
  out: { type: 'string', isPath: true, default: 'docs/scenarios', describe: 'folder to write to' },
} as const satisfies Table;

const kernelsOptions = {
  list: { type: 'boolean', default: false, describe: 'list the kernels that the distribution has as packages' },
  kernels: {
    type: 'string',
    default: 'host',
    describe: 'kernels to compare: host, versions such as 6.12 (from packages), files as ./bzImage,modules=DIR',
  },
  all: { type: 'boolean', default: false, describe: 'run every scenario' },
  profiles: { type: 'string', describe: 'profiles to compare, a,b' },
  quick: { type: 'boolean', default: false, describe: 'short run: 1,000 ports, a few seconds' },
  duration: { type: 'string', describe: 'duration of the load, such as 90s' },
  rate: { type: 'string', describe: 'arrivals per second (open loop), or max (closed loop)' },
  'max-rate': {
    type: 'string',
    describe: 'slow open loops down to this rate; by default to half of what the slowest kernel here can do',
  },
  repeat: { type: 'string', describe: 'number of repetitions, interleaved' },
  sysctl: { type: 'string', array: true, default: none, describe: 'KEY=VALUE, or ROLE:KEY=VALUE' },
  out: { type: 'string', isPath: true, describe: 'folder for the runs; results/kernels-RUN by default' },
  fail,
  json,
} as const satisfies Table;

/** Options of every command. `lists`: for --help only; `null` otherwise. */
export const commandOptions = (lists: HelpLists | null) => ({
  scenario: scenarioOptions(lists),
  compare: compareOptions,
  report: reportOptions(lists),
  history: historyOptions,
  kernels: kernelsOptions,
  doctor: doctorOptions,
  images: imagesOptions,
  clean: fleetOptions,
  schema: schemaOptions,
  pages: pagesOptions,
  observe: observeOptions,
  budget: budgetOptions,
});

export type CommandName = keyof ReturnType<typeof commandOptions>;

export const commandNames = Object.keys(commandOptions(null)) as CommandName[];
