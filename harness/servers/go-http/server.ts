import { join } from 'node:path';
import { endpointText, familyOf } from '../../model/address.ts';
import type { ServedSpec } from '../../model/protocol.ts';
import type { RunningServer, ServerContext, ServerKind } from '../server.ts';
import { startServerProcess } from '../server-process.ts';
import { type GoHttpParameters, goHttpTraits } from './traits.ts';

/** Go's own net/http server (docker/go-client/). With an upstream it queries that database for every request. */
export const goHttp: ServerKind = {
  traits: goHttpTraits,
  start: startGoHttp,
};

async function startGoHttp(spec: ServedSpec, context: ServerContext): Promise<RunningServer> {
  const { parameters, upstreams } = spec;
  const [database] = upstreams;
  const flag = (name: string, value: string | number | boolean | undefined) =>
    value === undefined ? [] : [`--${name}=${value}`];
  const ms = (value: string | number | boolean | undefined) => (value === undefined ? undefined : `${value}ms`);
  let version: string | null = null;
  // Next to the agent, unless the runner had to build it elsewhere.
  const command = join(process.env.TIMEWAIT_LAB_PROGRAMS ?? __dirname, 'go-client');
  const server = await startServerProcess(
    {
      traits: goHttpTraits,
      spec,
      command,
      ownFiles: [{ path: command, as: 'program' }],
      args: [
        'http-server',
        ...flag('port', spec.ports[0]),
        ...flag('family', familyOf(spec.address)),
        ...flag('bytes', parameters.bytes),
        ...flag('idle-timeout', ms(parameters.idleTimeoutMs)),
        ...flag('keep-alive', parameters.keepAlive),
        ...flag('delay', ms(parameters.delayMs)),
        ...flag('max-idle', parameters.maxIdle),
        ...flag('restart-after', ms(parameters.restartAfterMs)),
        ...flag('restart-takes', ms(parameters.restartTakesMs)),
        ...flag('reuse-addr', parameters.reuseAddr),
        ...flag('retry', ms(parameters.retryMs)),
        ...flag('database', database && `lab@lab(${endpointText(database)})/`),
      ],
      cwd: '/',
      ports: spec.ports.slice(0, 1),
      onLine(text) {
        if (!text.startsWith('{')) return;
        const line = parseJson(text) as { type?: string; version?: string; values?: Record<string, number> };
        if (line.type === 'gauge' && line.values) context.onGauge(line.values);
        if (line.type === 'listening') version = line.version ?? null;
      },
    },
    context,
  );
  return { version, closes: closesText(parameters), broken: server.broken, stop: server.stop };
}

function closesText({ keepAlive, idleTimeoutMs }: GoHttpParameters): string {
  if (keepAlive === false) return 'closes after every answer (SetKeepAlivesEnabled(false))';
  const idle = idleTimeoutMs === undefined ? '' : `, or after ${idleTimeoutMs} ms without a request`;
  return `keeps alive until the client closes or asks to close${idle}`;
}

/** A line that broke off must not end the agent. */
function parseJson(text: string): object {
  try {
    return JSON.parse(text) as object;
  } catch {
    return {};
  }
}
