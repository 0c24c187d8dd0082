import { describe, expect, it } from 'vitest';
import { saysNoPort } from './no-port-message.ts';

describe('saysNoPort', () => {
  it.each([
    'connect() failed: Cannot assign requested address',
    'dial tcp 198.18.0.102:8080: connect: cannot assign requested address',
    'OSError: [Errno 99] Cannot assign requested address',
    'Error: connect EADDRNOTAVAIL 198.18.0.102:8080 - Local (0.0.0.0:0)',
    'connect() to 198.18.0.102:8080 failed (99: Cannot assign requested address)',
    'java.net.BindException: Address not available',
    "Could not connect to Redis: Can't assign requested address",
    'apr_socket_connect(): Cannot assign requested address (99)',
    'unable to connect: code: 99',
  ])('knows %s', (line) => expect(saysNoPort(line)).toBe(true));

  it.each([
    'connect: Connection refused',
    'Complete requests: 99',
    'port 9900 (99.9 %)',
    '[99] requests',
  ])('does not take %s for it', (line) => expect(saysNoPort(line)).toBe(false));
});
