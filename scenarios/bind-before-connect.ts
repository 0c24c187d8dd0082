import type { ScenarioInput } from '../harness/model/scenario.ts';
import { noPortMessages } from './messages.ts';

const ports = [8080, 8081, 8082, 8083];

// A negative limit of idle connections: the client closes each after its answer, without Connection: close.
const client = (flags: string) => `go-client http-client --workers 8 --max-idle-per-host -1 ${flags}`;

const to = (count: number) => ({
  peers: { server: { serves: [{ server: 'node-http', ports: ports.slice(0, count) }] } },
});
const bound = (flags: string, bindNoPort: boolean) => ({
  load: { bindAddresses: 1, bindNoPort, parameters: { command: client(flags) } },
});

export const bindBeforeConnect: ScenarioInput = {
  name: 'bind-before-connect',
  title: 'bind() to a source address before connect(): all destinations share one range of ports',
  story:
    'A client that binds its own address with port 0, as a proxy with a fixed source address does, gets its port in ' +
    'bind(), when the kernel does not know the destination yet. That port must be free for any destination: four ' +
    'destinations then have 1,000 ports together, not 1,000 each, and bind() fails with EADDRINUSE. With ' +
    'IP_BIND_ADDRESS_NO_PORT (Linux 4.2) bind() only notes the address, and connect() chooses the port for its ' +
    'destination. A real Go client, with 1,000 ports, as fast as it goes.',
  symptoms: {
    groups: ['EADDRNOTAVAIL at a client'],
    messages: [...noPortMessages, 'EADDRINUSE', 'bind: address already in use', 'cannot bind to source address'],
  },
  advice:
    'Set IP_BIND_ADDRESS_NO_PORT before bind(addr, 0), or leave bind() out where routing chooses the same address. nginx ' +
    '(`proxy_bind`), haproxy (`source`) and curl (`--interface`) set it in current versions.',
  columns: ['budget.fourTuples', 'load.connected', 'load.failures.EADDRINUSE', 'load.failures.EADDRNOTAVAIL'],
  peers: {
    client: { sysctls: { 'net.ipv4.ip_local_port_range': '32768 33767' } },
    server: { serves: [{ server: 'node-http', ports }] },
  },
  links: [['client', 'server']],
  load: {
    engine: 'program',
    closePolicy: 'client-fin',
    arrival: { loop: 'closed', concurrency: 8 },
    durationMs: 10_000,
    parameters: { command: client('') },
  },
  quick: { scalePorts: false, load: { durationMs: 4000 } },
  profiles: ['tw-reuse-0'],
  variants: {
    'no-bind-4': {},
    'bind-1': { ...to(1), ...bound('--bind', false) },
    'bind-4': bound('--bind', false),
    'no-port-1': { ...to(1), ...bound('--bind-no-port', true) },
    'no-port-4': bound('--bind-no-port', true),
  },
  requires: ['go'],
  expectations: [
    { text: 'the ports run out', holds: 'verdict == exhausted' },
    {
      text: 'one destination: 1,000 connections, with the option or without',
      holds: 'load.connected == 1000 && budget.fourTuples == 1000',
      variants: ['bind-1', 'no-port-1'],
    },
    {
      text: 'bind() without the option: 1,000 of 4,000 four-tuples, then bind() fails with EADDRINUSE',
      holds: 'load.connected == 1000 && budget.fourTuples == 1000 && load.failures.EADDRINUSE == load.failures',
      variants: ['bind-4'],
    },
    {
      text: 'with the option as without bind(): 4,000 of 4,000, then connect() fails with EADDRNOTAVAIL',
      holds: 'load.connected == 4000 && budget.fourTuples == 4000 && load.failures.EADDRNOTAVAIL == load.failures',
      variants: ['no-port-4', 'no-bind-4'],
    },
  ],
  claims: [
    {
      source: 'envoyproxy/envoy issue 44747',
      saw: 'with `upstream_bind_config` all upstreams share about 28,000 ports, ten endpoints or not',
      variant: 'bind-4',
      ours: '{load.connected} connections to 4 destinations through {budget.ports} ports',
      confirmed: 'load.connected == budget.ports',
      contradicted: 'load.connected > 2 * budget.ports',
      why: 'bind() with port 0 takes a port that is free for every destination',
    },
    {
      source: 'envoyproxy/envoy PR 45916, curl/curl PR 6295',
      saw: 'IP_BIND_ADDRESS_NO_PORT restores one range for each destination',
      variant: 'no-port-4',
      against: 'bind-4',
      ours: '{against:load.connected} → {load.connected} connections to 4 destinations through {budget.ports} ports',
      confirmed: 'load.connected == 4 * baseline',
      contradicted: 'load.connected == baseline',
      why: 'connect() chooses the port when the destination is known',
    },
    {
      source: 'istio/istio issue 44008',
      saw: 'bound to 127.0.0.6: at most 28,232 connections',
      variant: 'no-port-1',
      ours: '{load.connected} connections through {budget.ports} ports, with the option',
      confirmed: 'load.connected == budget.ports',
      why: 'to a single destination the option changes nothing: the limit is that of its four-tuples',
    },
  ],
};
