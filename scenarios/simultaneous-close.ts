import type { ScenarioInput } from '../harness/model/scenario.ts';
import { loseFirstFins } from './rulesets.ts';

export const simultaneousClose: ScenarioInput = {
  name: 'simultaneous-close',
  title: 'both ends close at once: CLOSING briefly, then a TIME_WAIT on both sides',
  story:
    'Client and server agree on a time and both close then. When the FINs cross, neither end closed first: both ' +
    'pass through CLOSING and both keep a TIME_WAIT. The variant provoked drops the first FIN of each side (the ' +
    "server's twice), so that every pair crosses; unprovoked depends on the timing of the two processes.",
  symptoms: {
    groups: ['TIME_WAIT at a server', 'TIME_WAIT at a client'],
    messages: ['CLOSING', 'TIME_WAIT on both sides'],
  },
  advice:
    'Nothing: it is rare unless provoked, and TCP handles it. When counting TIME_WAITs on both ' +
    'sides, expect up to two per connection.',
  columns: ['client.states.CLOSING.peak', 'server.states.CLOSING.peak', 'closedFirst.client'],
  peers: {
    client: { nftables: loseFirstFins(2) },
    server: { serves: [{ server: 'node-http' }], nftables: loseFirstFins(1) },
  },
  links: [['client', 'server']],
  load: {
    closePolicy: 'simultaneous',
    arrival: { loop: 'open', ratePerSec: 100 },
    durationMs: 20_000,
    observeMs: 1000,
  },
  quick: { scalePorts: false, load: { durationMs: 4000 } },
  profiles: ['baseline'],
  variants: {
    provoked: {},
    unprovoked: { peers: { client: { nftables: null }, server: { nftables: null } } },
  },
  expectations: [
    { text: 'nothing runs out', holds: 'verdict == healthy' },
    {
      text: 'a connection leaves a TIME_WAIT at the client (or ends by RST if its answer comes after the close)',
      holds: 'client.timeWait.created >= 0.9 * load.completed',
      variants: ['provoked'],
    },
    {
      text: 'a connection leaves a TIME_WAIT at the server',
      holds: 'server.timeWait.created >= 0.9 * load.completed',
      variants: ['provoked'],
    },
    {
      text: 'CLOSING is seen while the last FIN is lost',
      holds: 'client.states.CLOSING.peak + server.states.CLOSING.peak > 0',
      variants: ['provoked'],
    },
    {
      text: 'unprovoked: one or two TIME_WAITs per connection',
      holds:
        'client.timeWait.created + server.timeWait.created >= 0.9 * load.completed && ' +
        'client.timeWait.created + server.timeWait.created <= 2 * load.completed',
      variants: ['unprovoked'],
    },
  ],
};
