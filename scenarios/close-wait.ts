import type { ScenarioInput } from '../harness/model/scenario.ts';

const server = (parameters: Record<string, string | number>) => ({
  peers: { server: { serves: [{ server: 'node-http', parameters }] } },
});

export const closeWait: ScenarioInput = {
  name: 'close-wait',
  title: 'a server that never closes, or closes late: CLOSE_WAIT there, FIN_WAIT2 at the client',
  story:
    'The client closes and the server never does. The connection stays in CLOSE_WAIT at the server as long as the ' +
    'process lives, whatever the kernel settings are, and in FIN_WAIT2 at the client for tcp_fin_timeout. There ' +
    'is no TIME_WAIT: the leak is in the server program (leak). A busy server that closes a second late (busy) ' +
    'has CLOSE_WAITs too, but only as many as connections arrive in that second, and the client gets the ' +
    'TIME_WAIT as usual.',
  symptoms: { groups: ['CLOSE_WAIT'], messages: ['CLOSE_WAIT', 'FIN_WAIT2', 'Too many open files'] },
  advice:
    'Check whether CLOSE_WAIT keeps growing. A constant number (rate × delay) means that the server closes late. ' +
    'If it grows, find the missing close() in the server program: no kernel setting ends a CLOSE_WAIT. ' +
    '`tcp_fin_timeout` only cleans up the other side. Restarting the program helps only for a while.',
  columns: [
    ...['server.states.CLOSE_WAIT.peak', 'server.states.CLOSE_WAIT.atEnd'],
    ...['client.states.FIN_WAIT2.peak', 'client.states.FIN_WAIT2.atEnd'],
  ],
  peers: {
    client: {},
    server: { serves: [{ server: 'node-http' }] },
  },
  links: [['client', 'server']],
  load: {
    closePolicy: 'client-fin',
    arrival: { loop: 'open', ratePerSec: 100 },
    durationMs: 20_000,
    observeMs: 66_000,
  },
  quick: { scalePorts: false, load: { durationMs: 2000, observeMs: 12_000 } },
  profiles: ['baseline', 'fin-timeout-10'],
  variants: {
    leak: server({ onClientFin: 'leak' }),
    busy: server({ closeDelayMs: 1000 }),
  },
  expectations: [
    { text: 'the server leaks', holds: 'verdict == leaking', variants: ['leak'] },
    {
      text: 'every connection stays in CLOSE_WAIT at the server',
      holds: 'server.states.CLOSE_WAIT.atEnd == load.completed',
      variants: ['leak'],
    },
    { text: 'the client waits in FIN_WAIT2', holds: 'client.states.FIN_WAIT2.peak > 0' },
    { text: 'no TIME_WAIT at the client', holds: 'client.timeWait.created == 0', variants: ['leak'] },
    { text: 'the port budget predicts no TIME_WAIT', holds: 'budget.plateau.predicted == 0', variants: ['leak'] },
    { text: 'no TIME_WAIT at the server', holds: 'server.timeWait.created == 0' },
    {
      text: 'FIN_WAIT2 ends after tcp_fin_timeout, CLOSE_WAIT does not',
      holds: 'client.states.FIN_WAIT2.atEnd == 0',
      variants: ['leak'],
      profiles: ['fin-timeout-10'],
    },
    {
      text: 'with the default of 60 s the connections are still in FIN_WAIT2',
      holds: 'client.states.FIN_WAIT2.atEnd == load.completed',
      variants: ['leak'],
      profiles: ['baseline'],
      form: 'quick',
    },
    {
      // ± 50 %: a busy machine starts delayed arrivals together. A server that never closes keeps all 200.
      text: 'closed a second late: CLOSE_WAIT is about the arrivals of one second (± 50 %), and 0 at the end',
      holds: 'abs(server.states.CLOSE_WAIT.peak - load.rate.offered) <= 50 && server.states.CLOSE_WAIT.atEnd == 0',
      variants: ['busy'],
    },
    {
      text: 'closed a second late: the client gets the TIME_WAIT, and nothing leaks',
      holds: 'verdict == healthy && client.timeWait.created == load.completed',
      variants: ['busy'],
    },
  ],
};
