import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { installLine } from '../../components/table.ts';
import { familyOf } from '../../model/address.ts';
import { exitCode, HarnessError } from '../../model/errors.ts';
import type { ServedSpec } from '../../model/protocol.ts';
import { handOver } from '../../rights/program-rights.ts';
import { inOwnFolder } from '../own-folder.ts';
import type { RunningServer, ServerContext, ServerKind } from '../server.ts';
import { startServerProcess } from '../server-process.ts';
import { closesText, serverXml, tomcatVersion, webXml } from './config.ts';
import { TomcatParameters, tomcatTraits } from './traits.ts';

/** Where Debian's tomcat10-common installs it. */
const defaultHome = '/usr/share/tomcat10';

/** Debian's Tomcat with the lab's configuration in its own folder; needs no root. */
export const tomcat: ServerKind = {
  traits: tomcatTraits,
  start: startTomcat,
};

async function startTomcat(spec: ServedSpec, context: ServerContext): Promise<RunningServer> {
  const home = process.env.CATALINA_HOME ?? defaultHome;
  if (!existsSync(join(home, 'bin/bootstrap.jar'))) {
    throw new HarnessError('MISSING_PROGRAM', `no Tomcat found in ${home}`, {
      exitCode: exitCode.unavailable,
      hint: installLine(tomcatTraits.requires),
    });
  }
  const { maxKeepAliveRequests: limit } = TomcatParameters.parse(spec.parameters);
  return inOwnFolder('tomcat', async (base) => {
    for (const folder of ['conf', 'logs', 'temp', 'webapps/ROOT', 'work'])
      mkdirSync(join(base, folder), { recursive: true });
    writeFileSync(join(base, 'conf/server.xml'), serverXml({ ports: spec.ports, maxKeepAliveRequests: limit }));
    writeFileSync(join(base, 'conf/web.xml'), webXml);
    handOver(base);
    let version: string | null = null;
    const readVersion = (line: string) => {
      version ??= tomcatVersion(line);
    };
    const server = await startServerProcess(
      {
        traits: tomcatTraits,
        spec,
        command: 'java',
        args: [
          // The same heap and collector on every machine and under every container limit.
          ...['-Xms128m', '-Xmx512m', '-XX:+UseG1GC'],
          // One address family, so that its sockets are where the lab looks for them.
          `-Djava.net.preferIPv4Stack=${familyOf(spec.address) === 4}`,
          `-Dcatalina.home=${home}`,
          `-Dcatalina.base=${base}`,
          `-Djava.io.tmpdir=${join(base, 'temp')}`,
          ...['-classpath', `${join(home, 'bin/bootstrap.jar')}:${join(home, 'bin/tomcat-juli.jar')}`],
          ...['org.apache.catalina.startup.Bootstrap', 'start'],
        ],
        cwd: base,
        ports: spec.ports,
        onLine: readVersion,
        onErrorLine: readVersion,
      },
      context,
    );
    return { version, closes: closesText(limit), broken: server.broken, stop: server.stop };
  });
}
