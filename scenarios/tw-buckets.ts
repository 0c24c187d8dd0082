import type { ScenarioInput } from '../harness/model/scenario.ts';

export const twBuckets: ScenarioInput = {
  name: 'tw-buckets',
  title: 'a low tcp_max_tw_buckets: sockets skip TIME_WAIT, ports do not run out',
  story:
    'With a low limit on TIME_WAIT sockets the kernel closes the surplus at once and counts ' +
    'TCPTimeWaitOverflow. The ports become free, but the protection that TIME_WAIT provides is lost.',
  symptoms: {
    groups: ['TIME_WAIT at a client'],
    messages: ['TCP: time wait bucket table overflow', 'TCPTimeWaitOverflow'],
  },
  advice:
    'Leave `tcp_max_tw_buckets` at its default. A low value frees ports, but lets old segments ' +
    'into new connections; `TCPTimeWaitOverflow` above 0 shows that the limit is reached.',
  columns: ['client.timeWait.overflowed', 'client.timeWait.peak'],
  peers: {
    client: {},
    server: { serves: [{ server: 'node-http' }] },
  },
  links: [['client', 'server']],
  load: {
    closePolicy: 'client-fin',
    arrival: { loop: 'open', ratePerSec: 1000 },
    // Two threads: on a slow machine one would not use up the range before the first ports are free again.
    threads: 2,
    durationMs: 70_000,
  },
  quick: { load: { arrival: { loop: 'open', ratePerSec: 800 }, threads: 1, durationMs: 3000 } },
  profiles: ['tw-reuse-0', 'small-buckets'],
  expectations: [
    { text: 'the limit overflows', holds: 'verdict == overflow', profiles: ['small-buckets'] },
    { text: 'never more than 200 TIME_WAIT', holds: 'client.timeWait.peak <= 200', profiles: ['small-buckets'] },
    { text: 'ports do not run out', holds: 'load.failures.EADDRNOTAVAIL == 0', profiles: ['small-buckets'] },
    { text: 'without the limit they do', holds: 'verdict == exhausted', profiles: ['tw-reuse-0'] },
  ],
};
