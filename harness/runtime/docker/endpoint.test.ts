import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { findEndpoint, type Surroundings } from './endpoint.ts';

function surroundings(parts: {
  env?: Record<string, string>;
  files?: Record<string, string>;
  sockets?: string[];
}): Surroundings {
  return {
    env: parts.env ?? {},
    home: '/home/u',
    readText: (path) => parts.files?.[path] ?? null,
    isSocket: (path) => parts.sockets?.includes(path) ?? false,
  };
}

const contextId = (name: string) => createHash('sha256').update(name).digest('hex');

describe('findEndpoint', () => {
  it('finds none on a machine without Docker or podman', () => {
    expect(findEndpoint(surroundings({}))).toBeNull();
  });

  it('takes the default socket before podman', () => {
    const sockets = ['/run/podman/podman.sock', '/var/run/docker.sock'];
    expect(findEndpoint(surroundings({ sockets }))).toMatchObject({ kind: 'socket', path: '/var/run/docker.sock' });
  });

  it("takes podman's socket of the user before the machine's", () => {
    const found = findEndpoint(
      surroundings({
        env: { XDG_RUNTIME_DIR: '/run/user/7' },
        sockets: ['/run/podman/podman.sock', '/run/user/7/podman/podman.sock'],
      }),
    );
    expect(found).toMatchObject({ kind: 'socket', path: '/run/user/7/podman/podman.sock' });
  });

  it('reads DOCKER_HOST with the TLS variables', () => {
    const env = { DOCKER_HOST: 'tcp://engine:2376', DOCKER_TLS_VERIFY: '1', DOCKER_CERT_PATH: '/certs' };
    const files = { '/certs/ca.pem': 'CA', '/certs/cert.pem': 'CERT', '/certs/key.pem': 'KEY' };
    expect(findEndpoint(surroundings({ env, files }))).toMatchObject({
      kind: 'tcp',
      host: 'engine',
      port: 2376,
      tls: { ca: 'CA', cert: 'CERT', key: 'KEY', verify: true },
    });
  });

  it('speaks TLS to an https address, with or without the variables', () => {
    const found = findEndpoint(surroundings({ env: { DOCKER_HOST: 'https://engine' } }));
    expect(found).toMatchObject({ kind: 'tcp', port: 2376, tls: { verify: true } });
    const http = findEndpoint(surroundings({ env: { DOCKER_HOST: 'http://engine' } }));
    expect(http).toMatchObject({ kind: 'tcp', port: 2375, tls: null });
  });

  it('connects over ssh', () => {
    expect(findEndpoint(surroundings({ env: { DOCKER_HOST: 'ssh://me@far' } }))).toMatchObject({
      kind: 'ssh',
      host: 'far',
      username: 'me',
      port: 22,
    });
  });

  const contextFiles = {
    '/home/u/.docker/config.json': '{"currentContext":"lab"}',
    [`/home/u/.docker/contexts/meta/${contextId('lab')}/meta.json`]:
      '{"Name":"lab","Endpoints":{"docker":{"Host":"unix:///run/lab.sock"}}}',
  };

  it('follows the current context, which DOCKER_HOST overrides', () => {
    expect(findEndpoint(surroundings({ files: contextFiles }))).toMatchObject({ path: '/run/lab.sock' });
    const env = { DOCKER_HOST: 'unix:///other.sock' };
    expect(findEndpoint(surroundings({ files: contextFiles, env }))).toMatchObject({ path: '/other.sock' });
  });

  it('prefers DOCKER_CONTEXT to DOCKER_HOST', () => {
    const env = { DOCKER_HOST: 'unix:///other.sock', DOCKER_CONTEXT: 'lab' };
    expect(findEndpoint(surroundings({ files: contextFiles, env }))).toMatchObject({ path: '/run/lab.sock' });
  });

  it('says which context is missing', () => {
    expect(() => findEndpoint(surroundings({ env: { DOCKER_CONTEXT: 'gone' } }))).toThrow(/"gone"/);
  });

  it('rejects an address that it cannot parse', () => {
    expect(() => findEndpoint(surroundings({ env: { DOCKER_HOST: 'what' } }))).toThrow(/"what"/);
  });
});
