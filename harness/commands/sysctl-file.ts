import pc from 'picocolors';
import { readNamedFile } from '../cli/report-files.ts';
import { type ExitCode, exitCode } from '../model/errors.ts';
import { plainText } from '../model/plain-text.ts';
import { type ConfLine, reviewConf } from '../plan/conf-review.ts';
import { readListeners } from '../probe/listeners.ts';
import { readSysctlKeys } from '../probe/sysctl-keys.ts';

/**
 * Reviews a sysctl.conf file line by line, and writes nothing. Exit code 2 if a line is invalid or no kernel has its key.
 */
export async function sysctlFileCommand(path: string, options: { json: boolean }): Promise<ExitCode> {
  const text = await readNamedFile(path, 'the sysctl.conf file');
  const lines = reviewConf(text, { present: readSysctlKeys(), listeners: await readListeners() });
  if (options.json) process.stdout.write(`${JSON.stringify({ file: path, lines }, null, 1)}\n`);
  else if (lines.length === 0) process.stdout.write(`${plainText(path)} has no setting\n`);
  else for (const line of lines) process.stdout.write(`${lineText(line)}\n`);
  const isWrong = ({ fate }: ConfLine) => fate === 'unknown' || fate === 'invalid';
  return lines.some(isWrong) ? exitCode.usage : exitCode.ok;
}

const effects = { acts: 'acts', none: 'without effect on TIME_WAIT', defeated: 'self-defeating' } as const;

function lineText({ line, text, fate, effect, note }: ConfLine): string {
  const c = pc.createColors(process.stdout.isTTY === true && !process.env.NO_COLOR);
  const paint = effect === 'acts' ? c.green : effect === 'defeated' || effect === undefined ? c.red : c.yellow;
  const what = effect === undefined ? fate : `${fate}, ${effects[effect]}`;
  return `${String(line).padStart(4)}  ${text}\n      ${paint(what)}: ${note}`;
}
