import { describe, expect, it } from 'vitest';
import { engineError, refusedSysctl } from './engine.ts';

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
  ])('%s', (words, key) => {
    expect(refusedSysctl(words)).toBe(key);
  });
});

describe('engineError', () => {
  it("keeps the engine's words and asks for exit code 3 when a sysctl is refused", () => {
    const refusal = Object.assign(new Error('(HTTP code 400) bad parameter - …'), {
      statusCode: 400,
      json: { message: 'open /proc/sys/net/ipv4/tcp_x: no such file or directory' },
    });
    const error = engineError(refusal, 'starting the client');
    expect(error).toMatchObject({ code: 'SYSCTL_REFUSED', exitCode: 3 });
    expect(error.message).toContain('net.ipv4.tcp_x');
  });

  it('tells an engine that is gone from one that refuses', () => {
    const gone = Object.assign(new Error('connect ECONNREFUSED /x.sock'), { code: 'ECONNREFUSED' });
    expect(engineError(gone, 'starting')).toMatchObject({ code: 'ENGINE_GONE', exitCode: 4 });
    const refusal = Object.assign(new Error('no'), { statusCode: 409, json: { message: 'name in use' } });
    expect(engineError(refusal, 'starting')).toMatchObject({ code: 'ENGINE_REFUSED', exitCode: 4 });
  });
});
