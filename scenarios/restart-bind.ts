import type { ScenarioInput } from '../harness/model/scenario.ts';

const server = (reuseAddr: boolean) => ({
  peers: {
    server: { serves: [{ server: 'go-http', parameters: { keepAlive: false, restartAfterMs: 4000, reuseAddr } }] },
  },
});

export const restartBind: ScenarioInput = {
  name: 'restart-bind',
  title: 'a server that closed first cannot bind its port again, unless it sets SO_REUSEADDR',
  story:
    'The server closes after each answer and keeps the TIME_WAITs, with its listening port as the local port. ' +
    'After a restart bind(2) fails with EADDRINUSE until the last of them is gone, a minute later. With ' +
    'SO_REUSEADDR, which Go and most other runtimes set by default, bind(2) succeeds at once.',
  symptoms: {
    groups: ['EADDRINUSE at a server'],
    messages: ['Address already in use', 'EADDRINUSE', 'errno 98', 'bind: address already in use'],
  },
  advice:
    'Set SO_REUSEADDR on the listening socket before bind(). The alternative is to wait a minute before the restart.',
  columns: ['server.gauges.restart.eaddrinuse.last', 'server.gauges.restart.listening.last'],
  peers: {
    client: {},
    server: { serves: [{ server: 'go-http', parameters: { keepAlive: false, restartAfterMs: 4000 } }] },
  },
  links: [['client', 'server']],
  load: {
    closePolicy: 'server-fin',
    arrival: { loop: 'open', ratePerSec: 50 },
    durationMs: 2000,
    observeMs: 66_000,
  },
  quick: { scalePorts: false, load: { observeMs: 4500 } },
  profiles: ['baseline'],
  variants: { 'with-reuseaddr': server(true), 'without-reuseaddr': server(false) },
  requires: ['go'],
  expectations: [
    { text: 'the server closes first', holds: 'closedFirst.server == 1' },
    {
      text: 'with SO_REUSEADDR it listens again at once',
      holds: 'server.gauges.restart.eaddrinuse.last == 0 && server.gauges.restart.listening.last == 1',
      variants: ['with-reuseaddr'],
    },
    {
      text: 'without it bind() fails with EADDRINUSE repeatedly',
      holds: 'server.gauges.restart.eaddrinuse.last >= 5',
      variants: ['without-reuseaddr'],
    },
    {
      text: 'without it the server listens only when the TIME_WAITs are gone, a minute later',
      holds: 'server.gauges.restart.downMs.last >= 50000',
      variants: ['without-reuseaddr'],
      form: 'full',
    },
  ],
};
