import { goHttp } from './go-http/server.ts';
import { haproxy } from './haproxy/server.ts';
import { image } from './image/server.ts';
import { mariadb } from './mariadb/server.ts';
import { nginx } from './nginx/server.ts';
import { nodeHttp } from './node-http/server.ts';
import { programServer } from './program/server.ts';
import { redis } from './redis/server.ts';
import type { ServerKind } from './server.ts';
import { tcpProxy } from './tcp-proxy/server.ts';
import { tomcat } from './tomcat/server.ts';

/** Every server's implementation, for the agent only; to add one, add a folder, a line here and one in traits.ts. */
export const serverKinds: readonly ServerKind[] = [
  nodeHttp,
  tomcat,
  nginx,
  goHttp,
  haproxy,
  tcpProxy,
  redis,
  mariadb,
  image,
  programServer,
];

export function serverKindNamed(name: string): ServerKind | undefined {
  return serverKinds.find((kind) => kind.traits.name === name);
}
