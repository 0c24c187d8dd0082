import type { ScenarioInput } from '../harness/model/scenario.ts';

const server = (parameters: Record<string, string | number>) => ({
  peers: { server: { serves: [{ server: 'node-http', parameters }] } },
});

export const closeWait: ScenarioInput = {
  name: 'close-wait',
  title: 'a server that never closes, or closes late: CLOSE_WAIT there, FIN_WAIT2 at the client',
  story:
    'The client closes, the server does not answer its FIN. The connection stays in CLOSE_WAIT at the server as long ' +
    'as the process lives, whatever the kernel is set to, and in FIN_WAIT2 at the client for tcp_fin_timeout. There ' +
    'is no TIME_WAIT to blame: the leak is in the server program (leak). One that is too busy and closes a second late ' +
    '(busy) has CLOSE_WAITs too, but as many as connections arrive in that second, and the TIME_WAIT is the ' +
    "client's after all.",
  advice:
    'Look whether CLOSE_WAIT grows or stands: what stands is a server that closes late, rate × delay of them. If it grows, ' +
    'find the close() that is missing in the server program: no kernel setting ends a CLOSE_WAIT. ' +
    '`tcp_fin_timeout` only tidies up at the other side. Restarting the program is a cure for an hour.',
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
      text: 'every connection is in CLOSE_WAIT there',
      holds: 'server.states.CLOSE_WAIT.atEnd == load.completed',
      variants: ['leak'],
    },
    { text: 'the client waits in FIN_WAIT2', holds: 'client.states.FIN_WAIT2.peak > 0' },
    { text: 'no TIME_WAIT at the client', holds: 'client.timeWait.created == 0', variants: ['leak'] },
    { text: 'as the port budget says', holds: 'budget.plateau.predicted == 0', variants: ['leak'] },
    { text: 'nor at the server', holds: 'server.timeWait.created == 0' },
    {
      text: 'FIN_WAIT2 ends after tcp_fin_timeout, CLOSE_WAIT does not',
      holds: 'client.states.FIN_WAIT2.atEnd == 0',
      variants: ['leak'],
      profiles: ['fin-timeout-10'],
    },
    {
      text: 'at its default of 60 s FIN_WAIT2 is still there',
      holds: 'client.states.FIN_WAIT2.atEnd == load.completed',
      variants: ['leak'],
      profiles: ['baseline'],
      form: 'quick',
    },
    {
      text: 'closed a second late: as many as arrive in a second (± 20 %), and none in the end',
      holds: 'abs(server.states.CLOSE_WAIT.peak - load.rate.offered) <= 20 && server.states.CLOSE_WAIT.atEnd == 0',
      variants: ['busy'],
    },
    {
      text: "and the TIME_WAIT is the client's: no leak",
      holds: 'verdict == healthy && client.timeWait.created == load.completed',
      variants: ['busy'],
    },
  ],
};
