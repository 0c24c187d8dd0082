import { commandText } from './invocation.ts';

/** Examples under a command's --help: arguments, and what they do. */
const table: Readonly<Record<string, readonly (readonly [args: readonly string[], text: string])[]>> = {
  scenario: [
    [['short-conn', '--quick'], 'which setting acts, in seconds'],
    [['short-conn', '--rate', '600'], 'whether it holds at your rate'],
    [['lb-chain', '--explain'], 'what would run'],
    [['short-conn', '--client-cmd', 'hey -z 10s -disable-keepalive {url}'], 'your program as the load'],
    [['./mine.yml', '--profiles', 'baseline,/etc/sysctl.conf'], 'your topology, and your settings beside the defaults'],
  ],
  observe: [
    [['--pid', '812'], 'the stack of this process, for 10 s'],
    [['--container', 'api-7', '--save', 'rehearsal'], 'and save its load as a scenario'],
  ],
  budget: [[['--rate', '600'], 'when the default range runs out, and what changes it most']],
  compare: [[['results/BEFORE', 'results/AFTER'], 'what differs, and whether it is significant']],
  kernels: [[['short-conn', '--kernels', 'host,6.12', '--quick'], 'the same run under Linux 6.12']],
  doctor: [[['--sysctl-file', '/etc/sysctl.conf'], 'what each line does to TIME_WAIT']],
};

/** Examples of a command, ready to paste, each with what it does. */
export function helpExamples(command: string): [string, string][] {
  return (table[command] ?? []).map(([args, text]) => [commandText(command, args), text]);
}
