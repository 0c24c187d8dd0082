import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { exitCode, HarnessError, type ValidationIssue } from '../model/errors.ts';
import type { ServedSpec } from '../model/protocol.ts';
import type { ServerSpec } from '../model/scenario.ts';
import { installLine } from './install.ts';
import type { RunningServer, ServerContext, ServerKind } from './server.ts';
import { startServerProcess } from './server-process.ts';
import { closesInWords, serverXml, tomcatVersion, webXml } from './tomcat-config.ts';

const limitParameter = 'maxKeepAliveRequests';
/** Where Debian's tomcat10-common puts it. */
const defaultHome = '/usr/share/tomcat10';

/** Debian's Tomcat with a configuration of the lab's own in a folder of its own; needs no root. */
export const tomcat: ServerKind = {
  name: 'tomcat',
  requires: ['tomcat'],
  issues(spec): ValidationIssue[] {
    const issues: ValidationIssue[] = Object.keys(spec.parameters)
      .filter((name) => name !== limitParameter)
      .map((name) => ({
        field: `parameters.${name}`,
        message: `tomcat has no parameter '${name}'`,
        hint: limitParameter,
      }));
    const limit = limitOf(spec);
    if (!Number.isInteger(limit) || limit === 0 || limit < -1) {
      issues.push({
        field: `parameters.${limitParameter}`,
        message: `'${spec.parameters[limitParameter]}' is not a limit`,
        hint: '1 (no keep-alive), -1 (no limit), or a number of requests; 100 by default',
      });
    }
    return issues;
  },
  requestLimit: (spec) => (limitOf(spec) === -1 ? null : limitOf(spec)),
  start: startTomcat,
};

function limitOf(spec: ServerSpec): number {
  return Number(spec.parameters[limitParameter] ?? 100);
}

async function startTomcat(spec: ServedSpec, context: ServerContext): Promise<RunningServer> {
  const home = process.env.CATALINA_HOME ?? defaultHome;
  const installHint = installLine(['tomcat']);
  if (!existsSync(join(home, 'bin/bootstrap.jar'))) {
    throw new HarnessError('MISSING_PROGRAM', `there is no Tomcat in ${home}`, {
      exitCode: exitCode.unavailable,
      hint: installHint,
    });
  }
  const limit = limitOf(spec);
  const base = mkdtempSync(join(tmpdir(), 'timewait-lab-tomcat-'));
  for (const folder of ['conf', 'logs', 'temp', 'webapps/ROOT', 'work'])
    mkdirSync(join(base, folder), { recursive: true });
  writeFileSync(join(base, 'conf/server.xml'), serverXml({ ports: spec.ports, maxKeepAliveRequests: limit }));
  writeFileSync(join(base, 'conf/web.xml'), webXml);
  const remove = () => rmSync(base, { recursive: true, force: true });
  try {
    const server = await startServerProcess(
      {
        name: 'tomcat',
        manyThreads: true,
        command: 'java',
        args: [
          // The same heap and collector whatever the machine or a container's limit would suggest.
          ...['-Xms128m', '-Xmx512m', '-XX:+UseG1GC'],
          // One family, so that its sockets are where the lab looks for them.
          '-Djava.net.preferIPv4Stack=true',
          `-Dcatalina.home=${home}`,
          `-Dcatalina.base=${base}`,
          `-Djava.io.tmpdir=${join(base, 'temp')}`,
          ...['-classpath', `${join(home, 'bin/bootstrap.jar')}:${join(home, 'bin/tomcat-juli.jar')}`],
          ...['org.apache.catalina.startup.Bootstrap', 'start'],
        ],
        cwd: base,
        ports: spec.ports,
        installHint,
      },
      context,
    );
    return {
      version: tomcatVersion(server.words()),
      closes: closesInWords(limit),
      broken: server.broken,
      stop: async () => {
        await server.stop();
        remove();
      },
    };
  } catch (error) {
    remove();
    throw error;
  }
}
