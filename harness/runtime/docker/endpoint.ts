import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { exitCode, HarnessError } from '../../model/errors.ts';

/** Address of a Docker daemon that has not been contacted yet. */
export type Endpoint = { readonly source: string; readonly address: string } & (
  | { readonly kind: 'socket'; readonly path: string }
  | { readonly kind: 'tcp'; readonly host: string; readonly port: number; readonly tls: TlsMaterial | null }
  | { readonly kind: 'ssh'; readonly host: string; readonly port: number; readonly username: string | null }
);

export interface TlsMaterial {
  readonly ca: string | null;
  readonly cert: string | null;
  readonly key: string | null;
  /** False: the daemon's certificate is not checked (a context's SkipTLSVerify, DOCKER_TLS). */
  readonly verify: boolean;
}

/** What the search reads from the machine; a parameter for tests. */
export interface Surroundings {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly home: string;
  /** Text of a file; `null`: missing or not readable. */
  readText(path: string): string | null;
  isSocket(path: string): boolean;
}

/**
 * The daemon that the docker CLI would use, in the CLI's order: DOCKER_CONTEXT, DOCKER_HOST, the current
 * context, the usual sockets; then podman's. `null`: none was found.
 * Source: https://docs.docker.com/reference/cli/docker/#environment-variables
 */
export function findEndpoint(at: Surroundings): Endpoint | null {
  const named = at.env.DOCKER_CONTEXT;
  if (named && named !== 'default') return contextEndpoint(at, named, 'DOCKER_CONTEXT');
  if (at.env.DOCKER_HOST) return hostEndpoint(at.env.DOCKER_HOST, 'DOCKER_HOST', environmentTls(at));
  const current = named ? undefined : currentContext(at);
  if (current && current !== 'default') return contextEndpoint(at, current, 'current docker context');
  const found = usualSockets(at).find(({ path }) => at.isSocket(path));
  return found ? socketEndpoint(found.path, found.source) : null;
}

/**
 * The daemon of an address (`unix://`, `ssh://`, `tcp://`) or of a docker context's name. An address over TCP takes its
 * TLS files from the environment, as the docker CLI does. Errors: NO_SUCH_CONTEXT, BAD_DOCKER_HOST.
 */
export function namedEndpoint(at: Surroundings, text: string, source: string): Endpoint {
  return text.includes('://') ? hostEndpoint(text, source, environmentTls(at)) : contextEndpoint(at, text, source);
}

function usualSockets(at: Surroundings): { path: string; source: string }[] {
  const runtimeDir = at.env.XDG_RUNTIME_DIR;
  return [
    { path: '/var/run/docker.sock', source: 'default socket' },
    { path: join(at.home, '.docker/run/docker.sock'), source: "Docker Desktop's socket" },
    ...(runtimeDir ? [{ path: join(runtimeDir, 'docker.sock'), source: "rootless daemon's socket" }] : []),
    ...(runtimeDir ? [{ path: join(runtimeDir, 'podman/podman.sock'), source: "podman's socket of this user" }] : []),
    { path: '/run/podman/podman.sock', source: "podman's socket" },
  ];
}

function currentContext(at: Surroundings): string | undefined {
  const config = readJson(at, join(configDir(at), 'config.json'));
  const name = config?.currentContext;
  return typeof name === 'string' ? name : undefined;
}

function contextEndpoint(at: Surroundings, name: string, source: string): Endpoint {
  // The CLI names a context's folder by the digest of its name: docker/cli context/store/store.go.
  const id = createHash('sha256').update(name).digest('hex');
  const contexts = join(configDir(at), 'contexts');
  const meta = readJson(at, join(contexts, 'meta', id, 'meta.json'));
  const docker = (meta?.Endpoints as { docker?: { Host?: string; SkipTLSVerify?: boolean } } | undefined)?.docker;
  if (!docker?.Host) {
    throw new HarnessError('NO_SUCH_CONTEXT', `docker context "${name}" (${source}) has no endpoint address`, {
      exitCode: exitCode.unavailable,
      hint: "see 'docker context ls', or set DOCKER_HOST",
    });
  }
  const material = readTls(at, join(contexts, 'tls', id, 'docker'), docker.SkipTLSVerify !== true);
  const hasTls = material.ca !== null || material.cert !== null || docker.SkipTLSVerify === true;
  return hostEndpoint(docker.Host, `${source} "${name}"`, hasTls ? material : null);
}

function environmentTls(at: Surroundings): TlsMaterial | null {
  const verify = Boolean(at.env.DOCKER_TLS_VERIFY);
  if (!verify && !at.env.DOCKER_TLS) return null;
  return readTls(at, at.env.DOCKER_CERT_PATH ?? configDir(at), verify);
}

function readTls(at: Surroundings, dir: string, verify: boolean): TlsMaterial {
  return {
    ca: at.readText(join(dir, 'ca.pem')),
    cert: at.readText(join(dir, 'cert.pem')),
    key: at.readText(join(dir, 'key.pem')),
    verify,
  };
}

function configDir(at: Surroundings): string {
  return at.env.DOCKER_CONFIG ?? join(at.home, '.docker');
}

function readJson(at: Surroundings, path: string): Record<string, unknown> | null {
  const text = at.readText(path);
  if (text === null) return null;
  try {
    return JSON.parse(text) as Record<string, unknown>;
  } catch {
    return null;
  }
}

function socketEndpoint(path: string, source: string): Endpoint {
  return { kind: 'socket', path, source, address: `unix://${path}` };
}

function hostEndpoint(address: string, source: string, tls: TlsMaterial | null): Endpoint {
  if (address.startsWith('unix://')) return socketEndpoint(address.slice('unix://'.length), source);
  if (address.startsWith('npipe://')) {
    return { kind: 'socket', path: address.slice('npipe://'.length), source, address };
  }
  const url = URL.canParse(address) ? new URL(address) : null;
  if (url?.protocol === 'ssh:') {
    const username = url.username === '' ? null : url.username;
    return { kind: 'ssh', host: url.hostname, port: Number(url.port || 22), username, source, address };
  }
  if (url && ['tcp:', 'http:', 'https:'].includes(url.protocol) && url.hostname !== '') {
    // https is never spoken in the clear, even without files of keys: its certificate is then checked as a browser does.
    const secured = tls ?? (url.protocol === 'https:' ? { ca: null, cert: null, key: null, verify: true } : null);
    // 2375 and 2376 are Docker's registered ports without and with TLS.
    const port = Number(url.port || (secured ? 2376 : 2375));
    return { kind: 'tcp', host: url.hostname, port, tls: secured, source, address };
  }
  throw new HarnessError('BAD_DOCKER_HOST', `"${address}" (${source}) is not the address of a Docker daemon`, {
    exitCode: exitCode.unavailable,
    hint: 'use unix:///path/to/docker.sock, tcp://host:port or ssh://user@host',
  });
}
