import { goHttp } from './go-http.ts';
import { image } from './image.ts';
import { mariadb } from './mariadb.ts';
import { nginx } from './nginx.ts';
import { nodeHttp } from './node-http.ts';
import { redis } from './redis.ts';
import type { ServerKind } from './server.ts';
import { tomcat } from './tomcat.ts';

/** All servers; a new one is one file and one line here. */
export const serverKinds: readonly ServerKind[] = [nodeHttp, tomcat, nginx, goHttp, redis, mariadb, image];

export function serverNamed(name: string): ServerKind | undefined {
  return serverKinds.find((kind) => kind.name === name);
}
