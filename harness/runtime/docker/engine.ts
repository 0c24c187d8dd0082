import { readFileSync, statSync } from 'node:fs';
import { Agent } from 'node:https';
import { homedir } from 'node:os';
import Docker from 'dockerode';
import { causeText, exitCode, HarnessError } from '../../model/errors.ts';
import { sysctlKeyOf } from '../../model/sysctls.ts';
import { type Endpoint, findEndpoint } from './endpoint.ts';

/** An engine that answered. */
export interface Engine {
  readonly docker: Docker;
  readonly endpoint: Endpoint;
  readonly product: 'docker' | 'podman';
  readonly version: string;
  readonly apiVersion: string;
}

export const engineHint =
  "start Docker, or point DOCKER_HOST at an engine ('podman system service' serves too); without one use --runtime netns";

/** Longest wait for a first answer: an engine that is up answers within milliseconds. */
const answerMs = 5000;

/** The engine of this environment, once it has answered; a HarnessError with exit code 3 where none does. */
export async function connectEngine(env: NodeJS.ProcessEnv = process.env): Promise<Engine> {
  const endpoint = findEndpoint({ env, home: homedir(), readText, isSocket });
  if (!endpoint) {
    throw new HarnessError('NO_ENGINE', 'no Docker engine found: no DOCKER_HOST, no docker context, no socket', {
      exitCode: exitCode.unavailable,
      hint: engineHint,
    });
  }
  const docker = new Docker(dockerOptions(endpoint));
  try {
    const version = (await docker.version({ abortSignal: AbortSignal.timeout(answerMs) } as never)) as unknown as {
      Version: string;
      ApiVersion: string;
      Components?: { Name: string; Version: string }[];
    };
    const podman = version.Components?.find((part) => part.Name === 'Podman Engine');
    return {
      docker,
      endpoint,
      product: podman ? 'podman' : 'docker',
      version: podman?.Version ?? version.Version,
      apiVersion: version.ApiVersion,
    };
  } catch (error) {
    throw new HarnessError('NO_ENGINE', `no engine answers at ${endpoint.address} (${endpoint.source})`, {
      exitCode: exitCode.unavailable,
      hint: noAnswerHint(error),
      cause: engineWords(error),
    });
  }
}

/** Makes a HarnessError of what the engine, or the way to it, threw; the engine's own words are its cause. */
export function engineError(error: unknown, doing: string): HarnessError {
  if (error instanceof HarnessError) return error;
  const cause = engineWords(error);
  if (isEngineGone(error)) {
    return new HarnessError('ENGINE_GONE', `the Docker engine went away while ${doing}`, {
      hint: 'see whether the engine still runs; containers it left are removed at the next start',
      cause,
    });
  }
  const sysctl = refusedSysctl(cause);
  if (sysctl && /invalid argument/i.test(cause)) {
    return new HarnessError('SYSCTL_REFUSED', `the kernel refuses this value of ${sysctl}`, {
      hint: 'check the value against Documentation/networking/ip-sysctl.rst',
      cause,
    });
  }
  if (sysctl) {
    return new HarnessError('SYSCTL_REFUSED', `the engine refuses ${sysctl}`, {
      exitCode: exitCode.unavailable,
      hint: 'this kernel has no such key per network namespace, or the engine does not allow it; leave it out',
      cause,
    });
  }
  return new HarnessError('ENGINE_REFUSED', `the Docker engine failed ${doing}`, { cause });
}

/** True when the request never got an answer: socket gone, connection refused or cut. */
export function isEngineGone(error: unknown): boolean {
  const code = (error as NodeJS.ErrnoException | null)?.code;
  return ['ECONNREFUSED', 'ENOENT', 'ECONNRESET', 'EPIPE', 'ENOTFOUND', 'ETIMEDOUT'].includes(code ?? '');
}

/** HTTP status of a refusal; `null`: not a refusal. */
export function refusalStatus(error: unknown): number | null {
  const status = (error as { statusCode?: unknown } | null)?.statusCode;
  return typeof status === 'number' ? status : null;
}

/** The engine's own message, without dockerode's preamble. */
export function engineWords(error: unknown): string {
  const json = (error as { json?: { message?: unknown } } | null)?.json;
  return typeof json?.message === 'string' ? json.message.trim() : causeText(error);
}

/**
 * The key in an engine's refusal of a sysctl; `null`: it is about something else. runc names the file
 * (`open /proc/sys/net/ipv4/X: no such file or directory`), the engine and crun the key.
 */
export function refusedSysctl(words: string): string | null {
  const file = /\/proc\/sys\/(net\/[\w/.-]+)/.exec(words)?.[1];
  if (file) return sysctlKeyOf(file);
  return /sysctl\W+(?:key\W+)?(net\.[\w.-]+)/i.exec(words)?.[1]?.replace(/\.$/, '') ?? null;
}

function dockerOptions(endpoint: Endpoint): Docker.DockerOptions {
  // dockerode mixes DOCKER_HOST's parts in below what it is given: every field is said, so that none comes from there.
  const none = { host: undefined, port: undefined, ca: undefined, cert: undefined, key: undefined };
  switch (endpoint.kind) {
    case 'socket':
      return { ...none, socketPath: endpoint.path, protocol: 'http' } as unknown as Docker.DockerOptions;
    case 'ssh':
      return {
        ...none,
        protocol: 'ssh',
        host: endpoint.host,
        port: endpoint.port,
        username: endpoint.username ?? undefined,
        sshOptions: { agent: process.env.SSH_AUTH_SOCK },
      } as unknown as Docker.DockerOptions;
    case 'tcp': {
      const { tls } = endpoint;
      return {
        ...none,
        protocol: tls ? 'https' : 'http',
        host: endpoint.host,
        port: endpoint.port,
        ...(tls && { ca: tls.ca ?? undefined, cert: tls.cert ?? undefined, key: tls.key ?? undefined }),
        ...(tls && !tls.verify && { agent: new Agent({ rejectUnauthorized: false }) }),
      } as unknown as Docker.DockerOptions;
    }
  }
}

function noAnswerHint(error: unknown): string {
  const code = (error as NodeJS.ErrnoException | null)?.code;
  return code === 'EACCES'
    ? "this user may not use the socket: join the group 'docker', or use --runtime netns"
    : engineHint;
}

function readText(path: string): string | null {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return null;
  }
}

function isSocket(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isSocket() ?? false;
}
