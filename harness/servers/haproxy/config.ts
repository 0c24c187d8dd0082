import { endpointText, type Family } from '../../model/address.ts';
import type { HaproxyParameters } from './traits.ts';

/** The haproxy settings that the lab controls. */
export interface HaproxyOptions extends HaproxyParameters {
  ports: readonly number[];
  family: Family;
  upstreams: readonly HaproxyUpstream[];
}

export interface HaproxyUpstream {
  address: string;
  port: number;
  /** Own address on the link to it. haproxy 2.6 does not bind at all if `source` names 0.0.0.0, whatever its ports. */
  sourceAddress: string;
}

const modeOption = {
  'keep-alive': ['option http-keep-alive'],
  'server-close': ['option http-server-close'],
  httpclose: ['option httpclose'],
  tunnel: [],
} as const satisfies Record<HaproxyParameters['mode'], readonly string[]>;

/** One thread, no checks of the servers, whose connections would be counted, and no queue. */
export function haproxyCfg(options: HaproxyOptions): string {
  const { mode, nolinger, pretendKeepAlive, sourcePorts, family, ports, upstreams } = options;
  const isHttp = mode !== 'tunnel';
  const source = ({ sourceAddress }: HaproxyUpstream) =>
    sourcePorts === undefined ? '' : ` source ${family === 6 ? `[${sourceAddress}]` : sourceAddress}:${sourcePorts}`;
  const backend = [
    'balance roundrobin',
    ...(isHttp ? [`http-reuse ${options.reuse}`] : []),
    ...(isHttp && pretendKeepAlive ? ['option http-pretend-keepalive'] : []),
    ...(nolinger ? ['option nolinger'] : []),
    ...upstreams.map((next, index) => `server next${index + 1} ${endpointText(next)}${source(next)}`),
  ];
  return `global
  nbthread 1
  maxconn 4000
  no strict-limits
defaults
  mode ${isHttp ? 'http' : 'tcp'}
${indented(modeOption[mode])}  retries ${options.retries}
  timeout connect 5s
  timeout client 60s
  timeout server 60s
  timeout http-keep-alive 60s
frontend in
${indented(ports.map((port) => `bind ${family === 6 ? `[::]:${port}` : `:${port}`} backlog 4096`))}  default_backend out
backend out
${indented(backend)}`;
}

const indented = (lines: readonly string[]) => lines.map((line) => `  ${line}\n`).join('');

export function closesText({ mode, reuse, pretendKeepAlive, nolinger, sourcePorts }: HaproxyOptions): string {
  const ways = {
    'keep-alive': `keeps connections to its servers (http-reuse ${reuse})`,
    'server-close': 'closes the connection to the server after every answer (http-server-close)',
    httpclose: 'closes both connections after every answer (httpclose)',
    tunnel: 'connects once for each client connection (mode tcp), closes when either side does',
  } as const;
  return [
    ways[mode],
    ...(pretendKeepAlive ? ['does not ask its servers to close (http-pretend-keepalive)'] : []),
    ...(nolinger ? ['ends them with RST (nolinger)'] : []),
    ...(sourcePorts === undefined ? [] : [`source ports ${sourcePorts}`]),
  ].join('; ');
}
