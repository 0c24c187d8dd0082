import { labCommand } from '../model/lab-command.ts';

/** A command line ready to paste; what a shell would read otherwise is quoted. */
export function commandText(command: string, args: readonly string[]): string {
  return labCommand(command, ...args.map(quoted));
}

function quoted(arg: string): string {
  return /^[\w@%+=:,./-]+$/.test(arg) ? arg : `'${arg.replaceAll("'", "'\\''")}'`;
}
