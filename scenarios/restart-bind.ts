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
    'The server closes after each answer and keeps the TIME_WAITs, with its own port as the local one. Then it is ' +
    'restarted: bind(2) finds the port in use by them and fails with EADDRINUSE until the last one is gone, a minute ' +
    'later. SO_REUSEADDR, which Go and most others set by default, allows it at once.',
  advice:
    'Set SO_REUSEADDR on the listening socket before bind(). Waiting a minute before a restart is the other ' + 'way.',
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
      text: 'without it bind fails with EADDRINUSE, again and again',
      holds: 'server.gauges.restart.eaddrinuse.last >= 5',
      variants: ['without-reuseaddr'],
    },
    {
      text: 'and not until the TIME_WAITs are gone, a minute later, does it listen',
      holds: 'server.gauges.restart.downMs.last >= 50000',
      variants: ['without-reuseaddr'],
      form: 'full',
    },
  ],
};
