import type { ScenarioInput } from '../harness/model/scenario.ts';

export const twLifetime: ScenarioInput = {
  name: 'tw-lifetime',
  title: 'how long a TIME_WAIT lives, socket by socket',
  story:
    'A hundred connections, each followed from its close() until its TIME_WAIT is gone. Linux keeps it for 60 s ' +
    '(TCP_TIMEWAIT_LEN, a constant), which the timer wheel rounds up: at HZ=250 to at most 62.05 s in steps of ' +
    '2.048 s. RFC 9293 specifies twice 2 minutes.',
  symptoms: {
    groups: ['TIME_WAIT at a client'],
    messages: ['TIME_WAIT does not go away', 'stays in TIME_WAIT', 'net.ipv4.tcp_tw_timeout'],
  },
  advice:
    'Plan for 61 s rather than 60, and for expiries in steps of about two seconds. No sysctl of mainline ' +
    'Linux changes it.',
  columns: ['lifetimes.minMs', 'lifetimes.meanMs', 'lifetimes.maxMs', 'lifetimes.stepMs'],
  peers: {
    client: {},
    server: { serves: [{ server: 'node-http' }] },
  },
  links: [['client', 'server']],
  load: {
    closePolicy: 'client-fin',
    arrival: { loop: 'open', ratePerSec: 20 },
    durationMs: 10_000,
    maxAttempts: 100,
    observeMs: 66_000,
  },
  quick: {
    scalePorts: false,
    load: { arrival: { loop: 'open', ratePerSec: 50 }, durationMs: 5000, observeMs: 64_000 },
  },
  profiles: ['baseline'],
  watchLifetimesHz: 50,
  expectations: [
    { text: 'every TIME_WAIT was seen to end', holds: 'lifetimes.count == 100' },
    { text: 'none ends before 60 s', holds: 'lifetimes.minMs >= 60000' },
    { text: 'none outlives what the timer wheel allows', holds: 'lifetimes.maxMs <= 65200' },
  ],
};
