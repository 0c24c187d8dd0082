import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { installLine } from '../../components/table.ts';
import { causeText, HarnessError } from '../../model/errors.ts';
import type { ServedSpec } from '../../model/protocol.ts';
import { programVersion } from '../program-version.ts';
import type { RunningServer, ServerContext, ServerKind } from '../server.ts';
import { startServerProcess } from '../server-process.ts';
import { mariadbTraits } from './traits.ts';

/** Debian's MariaDB with an empty data folder of its own, the least memory, and a user `lab` without a password. */
export const mariadb: ServerKind = {
  traits: mariadbTraits,
  start: startMariadb,
};

/** The least that MariaDB starts with; nothing here is a database that anyone wants to be fast. */
const small = [
  '--innodb-buffer-pool-size=8M',
  '--innodb-log-file-size=4M',
  '--innodb-log-buffer-size=1M',
  '--innodb-flush-log-at-trx-commit=0',
  '--innodb-fast-shutdown=2',
  '--aria-pagecache-buffer-size=1M',
  '--key-buffer-size=1M',
  '--performance-schema=OFF',
  '--skip-log-bin',
];

async function startMariadb(spec: ServedSpec, context: ServerContext): Promise<RunningServer> {
  const folder = mkdtempSync(join(tmpdir(), 'timewait-lab-mariadb-'));
  const data = join(folder, 'data');
  const init = join(folder, 'init.sql');
  const env = { ...process.env, PATH: `${process.env.PATH ?? ''}:/usr/sbin:/sbin` };
  // As root it refuses to start unless that is said; the data folder is ours.
  const asUser = `--user=${userInfo().username}`;
  // Its temporary tables are named by pid, and first pids are alike in every peer: /tmp is shared, this folder is not.
  const own = [`--tmpdir=${folder}`];
  const remove = () => rmSync(folder, { recursive: true, force: true });
  writeFileSync(init, "CREATE USER IF NOT EXISTS 'lab'@'%';\n");
  try {
    await promisify(execFile)(
      'mariadb-install-db',
      [
        '--no-defaults',
        asUser,
        `--datadir=${data}`,
        ...own,
        '--skip-test-db',
        '--auth-root-authentication-method=normal',
      ],
      { env, cwd: folder },
    );
    const server = await startServerProcess(
      {
        traits: mariadbTraits,
        spec,
        command: 'mariadbd',
        args: [
          '--no-defaults',
          asUser,
          `--datadir=${data}`,
          ...own,
          `--port=${spec.ports[0]}`,
          '--bind-address=0.0.0.0',
          `--socket=${join(folder, 'socket')}`,
          `--pid-file=${join(folder, 'pid')}`,
          `--init-file=${init}`,
          '--skip-name-resolve',
          '--max-connections=500',
          '--back-log=1000',
          ...small,
        ],
        cwd: folder,
        env: { PATH: env.PATH },
        ports: spec.ports.slice(0, 1),
      },
      context,
    );
    return {
      version: await programVersion('mariadbd', ['--version'], /Ver (\S+)/, 'mariadb '),
      closes: 'closes when the client says COM_QUIT, after its FIN as a rule',
      broken: server.broken,
      stop: async () => {
        await server.stop();
        remove();
      },
    };
  } catch (error) {
    remove();
    if (error instanceof HarnessError) throw error;
    throw new HarnessError('SERVER_ENDED', `mariadb made no data folder: ${causeText(error)}`, {
      hint: installLine(mariadbTraits.requires),
      cause: error,
    });
  }
}
