import type { ScenarioInput } from '../harness/model/scenario.ts';

export const twBuckets: ScenarioInput = {
  name: 'tw-buckets',
  title: 'tcp_max_tw_buckets small: sockets skip TIME_WAIT, ports do not run out',
  story:
    'With a small cap on TIME_WAIT sockets the kernel closes the surplus at once and counts ' +
    'TCPTimeWaitOverflow. The ports come free, and with them the protection that TIME_WAIT exists for.',
  advice:
    'Leave `tcp_max_tw_buckets` at its default. A small value frees ports, and with them lets old segments ' +
    'into new connections; `TCPTimeWaitOverflow` above 0 says that it is happening.',
  columns: ['client.timeWait.overflowed', 'client.timeWait.peak'],
  peers: {
    client: {},
    server: { serves: [{ server: 'node-http' }] },
  },
  links: [['client', 'server']],
  load: {
    closePolicy: 'client-fin',
    arrival: { loop: 'open', ratePerSec: 1000 },
    // Two threads walk over the taken ports: a slow machine's one would not fill the range before the first are free.
    threads: 2,
    durationMs: 70_000,
  },
  quick: { load: { arrival: { loop: 'open', ratePerSec: 800 }, threads: 1, durationMs: 3000 } },
  profiles: ['tw-reuse-0', 'small-buckets'],
  expectations: [
    { text: 'the cap overflows', holds: 'verdict == overflow', profiles: ['small-buckets'] },
    { text: 'never more than 200 TIME_WAIT', holds: 'client.timeWait.peak <= 200', profiles: ['small-buckets'] },
    { text: 'ports do not run out', holds: 'load.failures.EADDRNOTAVAIL == 0', profiles: ['small-buckets'] },
    { text: 'without the cap they do', holds: 'verdict == exhausted', profiles: ['tw-reuse-0'] },
  ],
};
