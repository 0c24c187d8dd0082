import type { ScenarioInput } from '../harness/model/scenario.ts';
import { wrkTomcat } from './wrk-tomcat.ts';

const limit = (maxKeepAliveRequests: number) => ({
  peers: { server: { serves: [{ server: 'tomcat', parameters: { maxKeepAliveRequests } }] } },
});

export const tomcatKeepAlive: ScenarioInput = {
  name: 'tomcat-keep-alive',
  title: "how Tomcat's maxKeepAliveRequests affects TIME_WAIT: 1, 100 and no limit",
  story:
    'The load of wrk-tomcat with three limits. There are requests / maxKeepAliveRequests connections, and each ' +
    'leaves a TIME_WAIT: with a limit of 1 as many as there are requests, without a limit none while the load ' +
    'runs.',
  symptoms: { groups: ['TIME_WAIT at a server'], messages: ['maxKeepAliveRequests'] },
  advice:
    'Choose the limit by the number of clients: 100 requests per connection leave a hundredth of the TIME_WAITs that ' +
    'one request per connection does.',
  columns: ['client.counters.Tcp.ActiveOpens', 'load.answers'],
  peers: {
    client: {},
    server: { serves: [{ server: 'tomcat' }] },
  },
  links: [['client', 'server']],
  load: { ...wrkTomcat.load, durationMs: 30_000 },
  quick: { scalePorts: false, load: { durationMs: 3000 } },
  profiles: ['tw-reuse-1'],
  variants: { 'limit-1': limit(1), 'limit-100': limit(100), unlimited: limit(-1) },
  requires: ['tomcat', 'wrk'],
  expectations: [
    {
      text: 'a connection for every request',
      holds: 'abs(client.counters.Tcp.ActiveOpens - load.answers) <= 110',
      variants: ['limit-1'],
    },
    {
      text: 'a connection for every 100 requests',
      holds: 'abs(client.counters.Tcp.ActiveOpens - load.answers / 100) <= 110',
      variants: ['limit-100'],
    },
    {
      text: 'no more TIME_WAIT than connections that wrk opened at its start',
      holds: 'client.counters.Tcp.ActiveOpens <= 110',
      variants: ['unlimited'],
    },
  ],
};
