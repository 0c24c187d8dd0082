import { execFile } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { installLine } from '../../components/table.ts';
import { anyAddress } from '../../model/address.ts';
import { causeText, HarnessError } from '../../model/errors.ts';
import type { ServedSpec } from '../../model/protocol.ts';
import { handOver, ownProgramRights, programEnvironment, withRights } from '../../rights/program-rights.ts';
import { inOwnFolder } from '../own-folder.ts';
import { programVersion } from '../program-version.ts';
import type { RunningServer, ServerContext, ServerKind } from '../server.ts';
import { startServerProcess } from '../server-process.ts';
import { mariadbTraits } from './traits.ts';

/** Debian's MariaDB with its own empty data folder, minimal memory, and a user `lab` without a password. */
export const mariadb: ServerKind = {
  traits: mariadbTraits,
  start: startMariadb,
};

/** The minimum with which MariaDB starts; its speed does not matter here. */
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

function startMariadb(spec: ServedSpec, context: ServerContext): Promise<RunningServer> {
  return inOwnFolder('mariadb', async (folder) => {
    const data = join(folder, 'data');
    const init = join(folder, 'init.sql');
    const env = { PATH: `${process.env.PATH ?? ''}:/usr/sbin:/sbin` };
    const common = [
      '--no-defaults',
      // As root it refuses to start without --user; the data folder is ours.
      ...(ownProgramRights()?.user == null ? [`--user=${userInfo().username}`] : []),
      `--datadir=${data}`,
      // Its temporary tables are named by pid, and first pids are alike in every peer: /tmp is shared, this folder is
      // not.
      `--tmpdir=${folder}`,
    ];
    writeFileSync(init, "CREATE USER IF NOT EXISTS 'lab'@'%';\n");
    handOver(folder);
    await makeDataFolder(common, folder, env);
    const server = await startServerProcess(
      {
        traits: mariadbTraits,
        spec,
        command: 'mariadbd',
        args: [
          ...common,
          `--port=${spec.ports[0]}`,
          `--bind-address=${anyAddress(spec.address)}`,
          '--socket=socket',
          `--pid-file=${join(folder, 'pid')}`,
          `--init-file=${init}`,
          '--skip-name-resolve',
          '--max-connections=500',
          '--back-log=1000',
          ...small,
        ],
        cwd: folder,
        env,
        ports: spec.ports.slice(0, 1),
      },
      context,
    );
    return {
      version: await programVersion('mariadbd', ['--version'], /Ver (\S+)/, 'mariadb ', env),
      closes: "closes on the client's COM_QUIT, usually after its FIN",
      broken: server.broken,
      stop: server.stop,
    };
  });
}

async function makeDataFolder(common: readonly string[], cwd: string, env: Record<string, string>): Promise<void> {
  const args = [...common, '--skip-test-db', '--auth-root-authentication-method=normal'];
  try {
    const rights = ownProgramRights();
    const install = withRights(rights, { command: 'mariadb-install-db', args });
    await promisify(execFile)(install.command, [...install.args], {
      env: { ...programEnvironment(rights), ...env },
      cwd,
    });
  } catch (error) {
    throw new HarnessError('SERVER_ENDED', `mariadb could not create its data folder: ${causeText(error)}`, {
      hint: installLine(mariadbTraits.requires),
      cause: error,
    });
  }
}
