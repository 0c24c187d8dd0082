import { hundredPorts, type ProgramCase, programCase } from '../program-case.ts';

const raw = '{python} {clients}/raw-loop.py {address} {port} {log}';

/** What a program does with connections and errors; all in Python, so that nothing else differs. */
export const patterns: readonly ProgramCase[] = [
  programCase({
    name: 'a connection per request, errors swallowed',
    command: `${raw} --count 1500`,
    profile: 'baseline',
    ranOut: true,
    verdicts: ['exhausted'],
  }),
  programCase({
    name: 'a connection per request, errors printed',
    command: `${raw} --count 1500 --on-error print`,
    ranOut: true,
    verdicts: ['exhausted'],
  }),
  programCase({
    name: 'a connection per request, ends with the first error',
    command: `${raw} --on-error raise`,
    ranOut: true,
    verdicts: ['exhausted'],
  }),
  programCase({
    name: 'a connection per PING, ends with the first error',
    command: `${raw} --ping --on-error raise`,
    scenario: 'redis-ping',
    ranOut: true,
    verdicts: ['exhausted'],
  }),
  programCase({
    name: 'a connection per request, slows down after errors',
    command: `${raw} --seconds 2 --on-error back-off`,
    ranOut: true,
    verdicts: ['exhausted'],
  }),
  programCase({
    name: 'reserved ports leave 100',
    command: `${raw} --count 150`,
    sysctls: hundredPorts,
    ranOut: true,
    verdicts: ['exhausted'],
  }),
  programCase({
    name: 'reuse keeps up with 600/s over a full range',
    command: `${raw} --per-second 600 --seconds 2.8`,
    profile: 'tw-reuse-1',
    seconds: 3,
    ranOut: false,
  }),
  programCase({
    name: 'reuse does not keep up with full speed',
    command: `${raw} --count 4000 --seconds 1.5`,
    profile: 'tw-reuse-1',
    ranOut: true,
    verdicts: ['exhausted'],
  }),
  programCase({
    // One thread of Python makes far less than the 10,000/s at which 1,000 ports would run out.
    name: 'reuse after 100 ms keeps up with full speed',
    command: `${raw} --count 3000 --seconds 1.8`,
    profile: 'reuse-delay-100ms',
    ranOut: false,
  }),
  programCase({
    name: 'reuse without timestamps is no reuse',
    command: `${raw} --count 1500`,
    profile: 'no-timestamps',
    ranOut: true,
    verdicts: ['exhausted'],
  }),
  programCase({
    name: 'few TIME_WAIT buckets leave the ports free',
    command: `${raw} --count 1500`,
    profile: 'small-buckets',
    ranOut: false,
  }),
  programCase({
    name: 'as many connections as there are ports, and no more',
    command: `${raw} --count 1000`,
    ranOut: false,
  }),
  programCase({
    name: 'as many connections as there are ports, then idle',
    command: `${raw} --count 1000 --then-idle 1`,
    ranOut: false,
  }),
  programCase({
    name: '990 of 1,000 ports held open',
    command: '{python} {clients}/held-open.py {address} {port} 990 1 {log}',
    ranOut: false,
  }),
  programCase({
    name: '1,100 connections wanted at once over 1,000 ports',
    command: '{python} {clients}/held-open.py {address} {port} 1100 1 {log}',
    ranOut: true,
    verdicts: ['exhausted'],
  }),
  programCase({
    name: 'a pool of 50',
    command: '{python} {clients}/pool.py {address} {port} 50 1.8 {log}',
    ranOut: false,
    verdicts: ['healthy'],
  }),
  programCase({
    name: 'the server closes first',
    command: `${raw} --count 2500 --server-closes`,
    ranOut: false,
  }),
  programCase({
    name: 'nobody listens on the port',
    command: '{python} {clients}/raw-loop.py {address} 9 {log} --count 500 --per-second 1000',
    ranOut: false,
  }),
  programCase({
    name: 'bind() before connect()',
    command: '{python} {clients}/bind-first.py {address} {port} 1500 plain {log}',
    seconds: 4,
    ranOut: true,
    // Only a trace sees a bind(2) that fails.
    verdicts: ['exhausted', 'unknown'],
  }),
  programCase({
    name: 'bind() before connect() with IP_BIND_ADDRESS_NO_PORT',
    command: '{python} {clients}/bind-first.py {address} {port} 1500 no-port {log}',
    ranOut: true,
    verdicts: ['exhausted'],
  }),
  programCase({
    name: 'client and server over 127.0.0.1',
    command: '{python} {clients}/own-servers.py 1 1500 plain {log}',
    ranOut: true,
    verdicts: ['exhausted'],
  }),
  programCase({
    name: 'four servers on 127.0.0.1, source bound without a port',
    command: '{python} {clients}/own-servers.py 4 1500 no-port {log}',
    ranOut: false,
  }),
  programCase({
    name: 'four servers on 127.0.0.1, source bound with a port',
    command: '{python} {clients}/own-servers.py 4 1500 bind {log}',
    seconds: 4,
    ranOut: true,
    verdicts: ['exhausted', 'unknown'],
  }),
  programCase({
    name: 'prints malformed NDJSON',
    command: '{python} {clients}/noisy.py {address} {port} broken-ndjson {log}',
    ranOut: false,
  }),
  programCase({
    name: 'prints 100 MB of garbage',
    command: '{python} {clients}/noisy.py {address} {port} garbage {log}',
    seconds: 4,
    ranOut: false,
  }),
  programCase({
    name: 'prints the message of EADDRNOTAVAIL without having met it',
    command: '{python} {clients}/noisy.py {address} {port} harmless-text {log}',
    ranOut: false,
  }),
];
