import type { ScenarioInput } from '../harness/model/scenario.ts';

const server = (addresses: number, ports: number[]) => ({
  peers: { server: { addresses, serves: [{ server: 'node-http', ports }] } },
});
// bind(2) searches longer than connect(2) does: on a busy machine it takes its time to run out.
const sources = (count: number) => ({
  peers: { client: { addresses: count } },
  load: { bindAddresses: count },
  quick: { load: { durationMs: 9000 } },
});

export const moreDestinations: ScenarioInput = {
  name: 'more-destinations',
  title: 'the ceiling is per four-tuple: ports, addresses and source addresses multiply it',
  story:
    'The same client with the same 1,000 ports, towards 1, 2 or 4 ports of the server, 1, 2 or 4 of its addresses, or ' +
    'from 1, 2 or 4 addresses of its own. A port is taken only towards one destination and from one source, so ' +
    'that each of the three doubles and quadruples what the client may open before EADDRNOTAVAIL.',
  advice:
    'More ports or addresses to connect to, or to connect from, multiply the ceiling. Binding to a source ' +
    'address chooses the port before the destination is known: set IP_BIND_ADDRESS_NO_PORT, or destinations do ' +
    'not count.',
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
  quick: { load: { durationMs: 5000 } },
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
    { text: 'the ports run out in the end', holds: 'verdict == exhausted' },
    { text: 'one: 1,000 connections', holds: 'budget.fourTuples == 1000', variants: ['one'] },
    {
      text: 'two: 2,000',
      holds: 'budget.fourTuples == 2000',
      variants: ['ports-2', 'addresses-2', 'sources-2'],
    },
    {
      text: 'four: 4,000',
      holds: 'budget.fourTuples == 4000',
      variants: ['ports-4', 'addresses-4', 'sources-4'],
    },
    {
      text: 'each four-tuple is used once (or again, where a RST of the server ended its TIME_WAIT)',
      holds:
        'client.timeWait.created >= budget.fourTuples && ' +
        'client.timeWait.created <= budget.fourTuples + server.counters.Tcp.OutRsts',
      form: 'quick',
    },
    {
      text: 'at the predicted time (± 20 %)',
      holds: 'abs(budget.timeToExhaustionMs.error) <= 0.2',
      variants: ['one', 'ports-2', 'ports-4', 'addresses-2', 'addresses-4'],
    },
  ],
};
