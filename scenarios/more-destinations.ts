import type { ScenarioInput } from '../harness/model/scenario.ts';
import { noPortMessages } from './messages.ts';

const server = (addresses: number, ports: number[]) => ({
  peers: { server: { addresses, serves: [{ server: 'node-http', ports }] } },
});
// bind(2) searches longer than connect(2): on a busy machine it takes longer to run out.
const sources = (count: number) => ({
  peers: { client: { addresses: count } },
  load: { bindAddresses: count },
  quick: { load: { durationMs: 10_000 } },
});

export const moreDestinations: ScenarioInput = {
  name: 'more-destinations',
  title: 'the ceiling is per four-tuple: ports, addresses and source addresses multiply it',
  story:
    'The same client with the same 1,000 ports connects to 1, 2 or 4 ports of the server, to 1, 2 or 4 of its ' +
    'addresses, or from 1, 2 or 4 source addresses. A port is in use only for one source and one destination, so ' +
    'that each of the three doubles or quadruples the number of connections before EADDRNOTAVAIL.',
  symptoms: { groups: ['EADDRNOTAVAIL at a client'], messages: [...noPortMessages] },
  advice:
    'Add destination ports, destination addresses or source addresses: each multiplies the ceiling. bind() to a ' +
    'source address chooses the port before the destination is known: set IP_BIND_ADDRESS_NO_PORT, or more ' +
    'destinations do not help.',
  columns: ['budget.fourTuples', 'phases.timeToExhaustionMs'],
  peers: {
    client: {},
    server: { serves: [{ server: 'node-http' }] },
  },
  links: [['client', 'server']],
  load: {
    closePolicy: 'client-fin',
    arrival: { loop: 'open', ratePerSec: 1000 },
    durationMs: 70_000,
  },
  // Long enough to run out although a busy machine starts fewer arrivals than planned.
  quick: { load: { arrival: { loop: 'open', ratePerSec: 800 }, durationMs: 7000 } },
  profiles: ['narrow-range'],
  variants: {
    one: {},
    'ports-2': server(1, [8080, 8081]),
    'ports-4': server(1, [8080, 8081, 8082, 8083]),
    'addresses-2': server(2, [8080]),
    'addresses-4': server(4, [8080]),
    'sources-2': sources(2),
    'sources-4': sources(4),
  },
  expectations: [
    { text: 'the ports eventually run out', holds: 'verdict == exhausted' },
    {
      text: 'one: 1,000 connections (fewer where a listener holds a port)',
      holds: 'budget.fourTuples == budget.ports && budget.ports <= 1000',
      variants: ['one'],
    },
    {
      text: 'two: twice as many',
      holds: 'budget.fourTuples == 2 * budget.ports',
      variants: ['ports-2', 'addresses-2', 'sources-2'],
    },
    {
      text: 'four: four times as many',
      holds: 'budget.fourTuples == 4 * budget.ports',
      variants: ['ports-4', 'addresses-4', 'sources-4'],
    },
    {
      text: 'each four-tuple is used once (or again if a RST from the server ended its TIME_WAIT)',
      holds: 'load.connected >= budget.fourTuples && load.connected <= budget.fourTuples + server.counters.Tcp.OutRsts',
      form: 'quick',
    },
    {
      text: 'they run out at the predicted time (± 20 %)',
      holds: 'abs(budget.timeToExhaustionMs.error) <= 0.2',
      form: 'full',
      variants: ['one', 'ports-2', 'ports-4', 'addresses-2', 'addresses-4'],
    },
  ],
};
