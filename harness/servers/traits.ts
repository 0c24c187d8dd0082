import { goHttpTraits } from './go-http/traits.ts';
import { haproxyTraits } from './haproxy/traits.ts';
import { imageTraits } from './image/traits.ts';
import { mariadbTraits } from './mariadb/traits.ts';
import { nginxTraits } from './nginx/traits.ts';
import { nodeHttpTraits } from './node-http/traits.ts';
import { programServerTraits } from './program/traits.ts';
import { redisTraits } from './redis/traits.ts';
import type { ServerTraits } from './server.ts';
import { tcpProxyTraits } from './tcp-proxy/traits.ts';
import { tomcatTraits } from './tomcat/traits.ts';

/** What is known about every server without starting it; to add one, add a folder, a line here and one in kinds.ts. */
export const serverTraits: readonly ServerTraits[] = [
  nodeHttpTraits,
  tomcatTraits,
  nginxTraits,
  goHttpTraits,
  haproxyTraits,
  tcpProxyTraits,
  redisTraits,
  mariadbTraits,
  imageTraits,
  programServerTraits,
];

export function serverTraitsNamed(name: string): ServerTraits | undefined {
  return serverTraits.find((traits) => traits.name === name);
}
