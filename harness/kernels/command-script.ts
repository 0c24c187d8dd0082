import { dirname } from 'node:path';
import type { Accelerator } from './accelerator.ts';

export interface InsideCommand {
  /** Node and the bundle, at the same paths as on the host. */
  node: string;
  bundle: string;
  cwd: string;
  args: readonly string[];
  accelerator: Accelerator;
}

/** The shell script that runs the lab inside the virtual machine. */
export function commandScript({ node, bundle, cwd, args, accelerator }: InsideCommand): string {
  const environment = {
    PATH: `${dirname(node)}:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin`,
    HOME: '/tmp',
    XDG_CACHE_HOME: '/run/cache',
    LANG: 'C.UTF-8',
    NO_COLOR: '1',
    // As for the agents (runtime/netns/launcher.ts).
    ...(accelerator === 'tcg' && { NODE_OPTIONS: '--v8-pool-size=0' }),
  };
  return [
    ...Object.entries(environment).map(([name, value]) => `export ${name}=${quoted(value)}`),
    `cd ${quoted(cwd)} || exit 4`,
    `exec ${[node, bundle, ...args].map(quoted).join(' ')}`,
    '',
  ].join('\n');
}

function quoted(text: string): string {
  return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}
