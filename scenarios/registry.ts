import { Scenario } from '../harness/model/scenario.ts';
import { bindBeforeConnect } from './bind-before-connect.ts';
import { clientCloseWait } from './client-close-wait.ts';
import { clientLibraries } from './client-libraries.ts';
import { cliff } from './cliff.ts';
import { closeWait } from './close-wait.ts';
import { dockerProxyScenario } from './docker-proxy.ts';
import { goDefaultTransport } from './go-default-transport.ts';
import { goDisableKeepalives } from './go-disable-keepalives.ts';
import { goUnreadBody } from './go-unread-body.ts';
import { halfMeasures } from './half-measures.ts';
import { haproxyModes } from './haproxy-modes.ts';
import { keepAlive } from './keep-alive.ts';
import { keepAliveRace } from './keep-alive-race.ts';
import { lbChain } from './lb-chain.ts';
import { lingerRst } from './linger-rst.ts';
import { listenerInRange } from './listener-in-range.ts';
import { loadGenerators } from './load-generators.ts';
import { loopbackReuse } from './loopback-reuse.ts';
import { lostLastAck } from './lost-last-ack.ts';
import { moreDestinations } from './more-destinations.ts';
import { mysqlPool } from './mysql-pool.ts';
import { natGateway } from './nat-gateway.ts';
import { proxyWithoutKeepalive } from './proxy-without-keepalive.ts';
import { redisPing } from './redis-ping.ts';
import { restartBind } from './restart-bind.ts';
import { serverClose } from './server-close.ts';
import { shortConn } from './short-conn.ts';
import { simultaneousClose } from './simultaneous-close.ts';
import { timestampsOff } from './timestamps-off.ts';
import { tomcatKeepAlive } from './tomcat-keep-alive.ts';
import { twBuckets } from './tw-buckets.ts';
import { twLifetime } from './tw-lifetime.ts';
import { twMemory } from './tw-memory.ts';
import { wrkTomcat } from './wrk-tomcat.ts';

/** All scenarios, in the order of --list; to add one, add a file and a line here. */
export const scenarios: readonly Scenario[] = [
  shortConn,
  cliff,
  twLifetime,
  keepAlive,
  wrkTomcat,
  tomcatKeepAlive,
  serverClose,
  simultaneousClose,
  goDisableKeepalives,
  goUnreadBody,
  goDefaultTransport,
  redisPing,
  clientLibraries,
  loadGenerators,
  mysqlPool,
  lbChain,
  proxyWithoutKeepalive,
  haproxyModes,
  dockerProxyScenario,
  closeWait,
  clientCloseWait,
  keepAliveRace,
  lostLastAck,
  natGateway,
  moreDestinations,
  bindBeforeConnect,
  loopbackReuse,
  timestampsOff,
  twBuckets,
  lingerRst,
  restartBind,
  listenerInRange,
  halfMeasures,
  twMemory,
].map((input) => Scenario.parse(input));

/** Throws for a name that is not in the registry. */
export function scenarioNamed(name: string): Scenario {
  const found = scenarios.find((scenario) => scenario.name === name);
  if (found === undefined) throw new Error(`no scenario '${name}'`);
  return found;
}
