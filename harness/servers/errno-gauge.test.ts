import { expect, it } from 'vitest';
import { errnoOf } from './errno-gauge.ts';

it.each([
  [
    '2026/11/25 10:00:00 [crit] 7#7: *9 connect() to 198.18.1.102:8080 failed (99: Cannot assign requested address) while',
    'EADDRNOTAVAIL',
  ],
  [
    '2026/11/25 10:00:00 [error] 7#7: *9 connect() failed (111: Connection refused) while connecting to upstream',
    'ECONNREFUSED',
  ],
  ['connect() to a failed (4095: no such errno)', 'EUNKNOWN'],
  ['Connect() failed for backend out: no free ports.', 'EADDRNOTAVAIL'],
  ['Connect() failed for backend out: local address already in use.', 'EADDRINUSE'],
  [
    "Can't forward traffic to backend tcp/198.18.1.102:80: dial tcp: connect: cannot assign requested address",
    'EADDRNOTAVAIL',
  ],
  ['[NOTICE] (15) : haproxy version is 2.6.12', null],
])('reads the errno of: %s', (line, errno) => {
  expect(errnoOf(line)).toBe(errno);
});
