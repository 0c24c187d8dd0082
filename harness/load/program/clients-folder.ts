import { existsSync } from 'node:fs';
import { dirname, join, sep } from 'node:path';
import type { NeededFile } from '../../rights/program-rights.ts';

/** The catalogue's client programs: next to the agent in an image, else docker/clients/ of the package. */
export function clientsFolder(agentFolder = __dirname): string {
  const beside = join(agentFolder, 'clients');
  return existsSync(beside) ? beside : join(dirname(agentFolder), 'docker/clients');
}

/** Those of the arguments that are files of that folder. */
export function clientFiles(args: readonly string[], folder: string): NeededFile[] {
  return args.filter((arg) => arg.startsWith(folder + sep)).map((path) => ({ path, as: 'file' }));
}
