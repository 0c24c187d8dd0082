import { describe, expect, it } from 'vitest';
import { dockerError, refusedSysctl } from './docker-api.ts';

describe('refusedSysctl', () => {
  it.each([
    [
      'OCI runtime create failed: error during container init: open /proc/sys/net/ipv4/tcp_tw_recycle: no such file or directory: unknown',
      'net.ipv4.tcp_tw_recycle',
    ],
    ['sysctl "net.ipv4.tcp_mem" is not in a separate kernel namespace', 'net.ipv4.tcp_mem'],
    ["crun: the sysctl 'net.ipv4.nope' requires a new network namespace", 'net.ipv4.nope'],
    ['write sysctl key net.ipv4.tcp_tw_reuse: invalid argument', 'net.ipv4.tcp_tw_reuse'],
    ['no such image: nothing', null],
  ])('%s', (message, key) => {
    expect(refusedSysctl(message)).toBe(key);
  });
});

describe('dockerError', () => {
  it("keeps the daemon's message and asks for exit code 3 if a sysctl is rejected", () => {
    const refusal = Object.assign(new Error('(HTTP code 400) bad parameter - …'), {
      statusCode: 400,
      json: { message: 'open /proc/sys/net/ipv4/tcp_x: no such file or directory' },
    });
    const error = dockerError(refusal, 'starting the client');
    expect(error).toMatchObject({ code: 'SYSCTL_REFUSED', exitCode: 3 });
    expect(error.message).toContain('net.ipv4.tcp_x');
    expect(error.cause).toBe('open /proc/sys/net/ipv4/tcp_x: no such file or directory');
  });

  it('does not mistake a wrong value for a missing key', () => {
    const refusal = Object.assign(new Error('…'), {
      statusCode: 500,
      json: { message: 'write /proc/sys/net/ipv4/tcp_tw_reuse: invalid argument' },
    });
    expect(dockerError(refusal, 'starting')).toMatchObject({ code: 'SYSCTL_REFUSED', exitCode: 4 });
  });

  it('distinguishes a daemon that stopped answering from one that returns an error', () => {
    const gone = Object.assign(new Error('connect ECONNREFUSED /x.sock'), { code: 'ECONNREFUSED' });
    expect(dockerError(gone, 'starting')).toMatchObject({ code: 'DAEMON_GONE', exitCode: 4 });
    const refusal = Object.assign(new Error('no'), { statusCode: 409, json: { message: 'name in use' } });
    expect(dockerError(refusal, 'starting')).toMatchObject({ code: 'DOCKER_REFUSED', exitCode: 4 });
  });
});
