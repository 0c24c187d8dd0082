import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { ValidationIssue } from '../model/errors.ts';
import type { ServedSpec } from '../model/protocol.ts';
import type { ServerSpec } from '../model/scenario.ts';
import { ErrnoGauge } from './errno-gauge.ts';
import { installLine } from './install.ts';
import { closesInWords, type NginxOptions, nginxConf, nginxVersion } from './nginx-config.ts';
import type { RunningServer, ServerContext, ServerKind } from './server.ts';
import { startServerProcess } from './server-process.ts';

const known = ['status', 'keepaliveRequests', 'keepaliveTimeoutSec', 'upstreamHttp', 'upstreamKeepalive'];

/** Debian's nginx-light, one process, a fixed answer; needs no root. */
export const nginx: ServerKind = {
  name: 'nginx',
  requires: ['nginx'],
  issues(spec): ValidationIssue[] {
    const issues: ValidationIssue[] = Object.keys(spec.parameters)
      .filter((name) => !known.includes(name))
      .map((name) => ({
        field: `parameters.${name}`,
        message: `nginx has no parameter '${name}'`,
        hint: `one of ${known.join(', ')}`,
      }));
    const { status, keepaliveRequests, keepaliveTimeoutSec, upstreamHttp, upstreamKeepalive } = optionsOf(spec);
    const object = (name: string, hint: string) =>
      issues.push({ field: `parameters.${name}`, message: `'${spec.parameters[name]}' will not do`, hint });
    if (status !== 200 && status !== 404) object('status', '200 or 404');
    if (!(Number.isInteger(keepaliveRequests) && keepaliveRequests >= 1)) object('keepaliveRequests', '1 or more');
    if (!(Number.isInteger(keepaliveTimeoutSec) && keepaliveTimeoutSec >= 0)) {
      object('keepaliveTimeoutSec', 'whole seconds; 0 turns keep-alive off');
    }
    if (upstreamHttp !== '1.0' && upstreamHttp !== '1.1') object('upstreamHttp', "'1.0' or '1.1'");
    if (!(Number.isInteger(upstreamKeepalive) && upstreamKeepalive >= 0)) object('upstreamKeepalive', '0 or more');
    return issues;
  },
  requestLimit: (spec) => (optionsOf(spec).keepaliveTimeoutSec === 0 ? 1 : optionsOf(spec).keepaliveRequests),
  start: startNginx,
};

function optionsOf({ ports, parameters }: ServerSpec, upstreams: NginxOptions['upstreams'] = []): NginxOptions {
  return {
    ports,
    status: Number(parameters.status ?? 200) as 200 | 404,
    keepaliveRequests: Number(parameters.keepaliveRequests ?? 1000),
    keepaliveTimeoutSec: Number(parameters.keepaliveTimeoutSec ?? 75),
    upstreams,
    upstreamHttp: String(parameters.upstreamHttp ?? '1.0') as NginxOptions['upstreamHttp'],
    upstreamKeepalive: Number(parameters.upstreamKeepalive ?? 0),
  };
}

async function startNginx(spec: ServedSpec, context: ServerContext): Promise<RunningServer> {
  const options = optionsOf(spec, spec.upstreams);
  const refused = new ErrnoGauge(context.onGauge);
  const folder = mkdtempSync(join(tmpdir(), 'timewait-lab-nginx-'));
  const remove = () => rmSync(folder, { recursive: true, force: true });
  const conf = join(folder, 'nginx.conf');
  writeFileSync(conf, nginxConf(options));
  // Debian has it in /usr/sbin, which an ordinary user's PATH lacks.
  const env = { PATH: `${process.env.PATH ?? ''}:/usr/sbin:/sbin` };
  try {
    const server = await startServerProcess(
      {
        name: 'nginx',
        command: 'nginx',
        args: ['-p', folder, '-e', 'stderr', '-c', conf],
        cwd: folder,
        env,
        ports: spec.ports,
        installHint: installLine(['nginx']),
        onErrorLine: (text) => refused.read(text),
      },
      context,
    );
    const { stderr } = await promisify(execFile)('nginx', ['-v'], { env: { ...process.env, ...env } });
    return {
      version: nginxVersion(stderr),
      closes: closesInWords(options),
      broken: server.broken,
      stop: async () => {
        refused.stop();
        await server.stop();
        remove();
      },
    };
  } catch (error) {
    remove();
    throw error;
  }
}
