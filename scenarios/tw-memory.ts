import type { ScenarioInput } from '../harness/model/scenario.ts';

export const twMemory: ScenarioInput = {
  name: 'tw-memory',
  title: 'how much memory a TIME_WAIT takes, at the client and at the server',
  story:
    'Ten thousand TIME_WAITs (60,000 in the full form), and the growth of the slab caches that hold them. At a ' +
    'server a TIME_WAIT is one small object; at a client the bind buckets of its port are added. Slab caches are ' +
    'shared by the whole machine, so that only the difference counts, and nothing else may run at the same time.',
  symptoms: {
    groups: ['TIME_WAIT at a client', 'TIME_WAIT at a server'],
    messages: ['memory of TIME_WAIT', 'tw_sock_TCP'],
  },
  advice:
    'Do not try to save memory on TIME_WAIT: 100,000 of them take a few tens of megabytes at a client, and half ' +
    'of that at a server.',
  columns: ['client.gauges.slab.bytesPerTimeWait.last', 'server.gauges.slab.bytesPerTimeWait.last'],
  peers: {
    client: {},
    server: { serves: [{ server: 'node-http', ports: [8080, 8081, 8082, 8083] }] },
  },
  links: [['client', 'server']],
  load: {
    closePolicy: 'client-fin',
    arrival: { loop: 'open', ratePerSec: 3000 },
    durationMs: 25_000,
    maxAttempts: 60_000,
    observeMs: 1500,
  },
  quick: {
    scalePorts: false,
    load: { arrival: { loop: 'open', ratePerSec: 3000 }, durationMs: 6000, maxAttempts: 10_000 },
  },
  profiles: ['tw-reuse-0'],
  variants: {
    client: { watchSlab: 'client' },
    server: { watchSlab: 'server', load: { closePolicy: 'server-fin' } },
  },
  requires: ['slabinfo'],
  expectations: [
    { text: 'at least 9,000 TIME_WAITs at once', holds: 'client.timeWait.peak + server.timeWait.peak >= 9000' },
    {
      text: 'at the client 256 bytes (slightly more, in whole pages) plus the bind buckets of the port',
      holds: 'client.gauges.slab.bytesPerTimeWait.last >= 300 && client.gauges.slab.bytesPerTimeWait.last <= 900',
      variants: ['client'],
    },
    {
      text: 'at the client the socket itself is a tw_sock of 256 bytes',
      holds:
        'client.gauges.slab.socketBytesPerTimeWait.last >= 240 && client.gauges.slab.socketBytesPerTimeWait.last <= 400',
      variants: ['client'],
    },
    {
      text: 'at the server 256 bytes',
      holds: 'server.gauges.slab.socketBytesPerTimeWait.last >= 240 && server.gauges.slab.bytesPerTimeWait.last <= 450',
      variants: ['server'],
    },
  ],
};
