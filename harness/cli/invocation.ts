import { labCommand } from '../model/lab-command.ts';

/** A command line ready to paste, quoted for a shell where necessary. */
export function commandText(command: string, args: readonly string[]): string {
  return labCommand(command, ...args.map(quoted));
}

function quoted(arg: string): string {
  return /^[\w@%+=:,./-]+$/.test(arg) ? arg : `'${arg.replaceAll("'", "'\\''")}'`;
}
