import { describe, expect, it } from 'vitest';
import { isFailure, parseTraceLine } from './trace-line.ts';

describe('parseTraceLine', () => {
  it('reads a failed call with its destination', () => {
    const line =
      '18362 1795573533.010861 connect(4, {sa_family=AF_INET, sin_port=htons(8080), sin_addr=inet_addr("198.18.0.102")}, 16) = -1 EADDRNOTAVAIL (Cannot assign requested address)';
    expect(parseTraceLine(line)).toEqual({
      atSec: 1795573533.010861,
      syscall: 'connect',
      errno: 'EADDRNOTAVAIL',
      address: '198.18.0.102:8080',
    });
    expect(parseTraceLine(line.replace('18362 ', '[pid 18362] '))?.errno).toBe('EADDRNOTAVAIL');
  });

  it('reads IPv6, bind() and a call that was resumed', () => {
    expect(
      parseTraceLine(
        '1 1.5 connect(3, {sa_family=AF_INET6, sin6_port=htons(1), sin6_flowinfo=htonl(0), inet_pton(AF_INET6, "::1", &sin6_addr), sin6_scope_id=0}, 28) = -1 ECONNREFUSED (Connection refused)',
      )?.address,
    ).toBe('[::1]:1');
    const bind =
      '1 1.5 bind(3, {sa_family=AF_INET, sin_port=htons(0), sin_addr=inet_addr("198.18.0.2")}, 16) = -1 EADDRINUSE (Address already in use)';
    expect(parseTraceLine(bind)).toMatchObject({ syscall: 'bind', errno: 'EADDRINUSE', address: '198.18.0.2:0' });
    expect(
      parseTraceLine('7 2.25 <... connect resumed>) = -1 EADDRNOTAVAIL (Cannot assign requested address)'),
    ).toMatchObject({
      errno: 'EADDRNOTAVAIL',
      address: null,
    });
  });

  it('leaves out sockets of other families, such as that of a name service', () => {
    const unix =
      '1 1.5 connect(5, {sa_family=AF_UNIX, sun_path="/var/run/nscd/socket"}, 110) = -1 ENOENT (No such file)';
    expect(parseTraceLine(unix)).toBeNull();
  });

  it('leaves out what is under way, and what is no call', () => {
    const line =
      '1 1.5 connect(5, {sa_family=AF_INET, sin_port=htons(1), sin_addr=inet_addr("127.0.0.1")}, 16) = -1 EINPROGRESS (Operation now in progress)';
    expect(isFailure(parseTraceLine(line) as NonNullable<ReturnType<typeof parseTraceLine>>)).toBe(false);
    expect(parseTraceLine('1 1.5 +++ exited with 0 +++')).toBeNull();
  });
});
