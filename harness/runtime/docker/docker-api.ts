import { readFileSync, statSync } from 'node:fs';
import { Agent } from 'node:https';
import { homedir } from 'node:os';
import Docker from 'dockerode';
import { causeText, exitCode, HarnessError } from '../../model/errors.ts';
import { sysctlKeyOf } from '../../model/sysctl-key.ts';
import { type Endpoint, findEndpoint, type Surroundings } from './endpoint.ts';
import { SshAgent } from './ssh-agent.ts';

/** A Docker daemon, or podman's service, that has answered. */
export interface DockerApi {
  readonly docker: Docker;
  readonly endpoint: Endpoint;
  readonly product: 'docker' | 'podman';
  readonly version: string;
  readonly apiVersion: string;
}

export const daemonHint =
  "start Docker, or point DOCKER_HOST at a daemon ('podman system service' works too), or use --runtime netns";

/** Maximum wait for an answer: a running daemon answers within milliseconds. */
export const answerMs = 5000;

/** Connects to the daemon that the environment names. Errors: NO_DOCKER (exit code 3) if none answers. */
export async function connectDocker(env: NodeJS.ProcessEnv = process.env): Promise<DockerApi> {
  const endpoint = findEndpoint(surroundings(env));
  if (!endpoint) {
    throw new HarnessError('NO_DOCKER', 'no Docker daemon found: no DOCKER_HOST, no docker context, no socket', {
      exitCode: exitCode.unavailable,
      hint: daemonHint,
    });
  }
  return connectTo(endpoint);
}

/** Connects to one daemon. Errors: NO_DOCKER (exit code 3) if it does not answer. */
export async function connectTo(endpoint: Endpoint): Promise<DockerApi> {
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
    throw new HarnessError('NO_DOCKER', `no Docker daemon answers at ${endpoint.address} (${endpoint.source})`, {
      exitCode: exitCode.unavailable,
      hint: endpoint.kind === 'ssh' ? sshHint(endpoint) : noAnswerHint(error),
      cause: dockerMessage(error),
    });
  }
}

/**
 * Turns an error from the daemon, or from the connection to it, into a HarnessError with the daemon's message as cause.
 */
export function dockerError(error: unknown, doing: string): HarnessError {
  if (error instanceof HarnessError) return error;
  const cause = dockerMessage(error);
  if (isDaemonGone(error)) {
    return new HarnessError('DAEMON_GONE', `the Docker daemon stopped answering while ${doing}`, {
      hint: 'check that the daemon is running; leftover containers are removed at the next start',
      cause,
    });
  }
  const sysctl = refusedSysctl(cause);
  if (sysctl && /invalid argument/i.test(cause)) {
    return new HarnessError('SYSCTL_REFUSED', `the kernel rejected this value of ${sysctl}`, {
      hint: 'check the value against Documentation/networking/ip-sysctl.rst',
      cause,
    });
  }
  if (sysctl) {
    return new HarnessError('SYSCTL_REFUSED', `the Docker daemon rejected ${sysctl}`, {
      exitCode: exitCode.unavailable,
      hint: 'this kernel has no such key per network namespace, or the daemon does not allow it: omit it',
      cause,
    });
  }
  return new HarnessError('DOCKER_REFUSED', `the Docker daemon returned an error while ${doing}`, { cause });
}

/** True if the request got no answer: no socket, connection refused or lost, timeout. */
export function isDaemonGone(error: unknown): boolean {
  const code = (error as NodeJS.ErrnoException | null)?.code;
  return ['ECONNREFUSED', 'ENOENT', 'ECONNRESET', 'EPIPE', 'ENOTFOUND', 'ETIMEDOUT', 'ABORT_ERR'].includes(code ?? '');
}

/** HTTP status of an error response; `null`: not an error response. */
export function refusalStatus(error: unknown): number | null {
  const status = (error as { statusCode?: unknown } | null)?.statusCode;
  return typeof status === 'number' ? status : null;
}

/** The daemon's message without dockerode's prefix. */
export function dockerMessage(error: unknown): string {
  const json = (error as { json?: { message?: unknown } } | null)?.json;
  return typeof json?.message === 'string' ? json.message.trim() : causeText(error);
}

/**
 * The key in an error about a sysctl; `null`: the error is about something else. runc names the file
 * (`open /proc/sys/net/ipv4/X: no such file or directory`), the daemon and crun the key.
 */
export function refusedSysctl(message: string): string | null {
  const file = /\/proc\/sys\/(net\/[\w/.-]+)/.exec(message)?.[1];
  if (file) return sysctlKeyOf(file);
  return /sysctl\W+(?:key\W+)?(net\.[\w.-]+)/i.exec(message)?.[1]?.replace(/\.$/, '') ?? null;
}

function dockerOptions(endpoint: Endpoint): Docker.DockerOptions {
  // Every field is set, because dockerode fills in missing ones from DOCKER_HOST.
  const none = { host: undefined, port: undefined, ca: undefined, cert: undefined, key: undefined };
  switch (endpoint.kind) {
    case 'socket':
      return { ...none, socketPath: endpoint.path, protocol: 'http' } as unknown as Docker.DockerOptions;
    case 'ssh':
      return {
        ...none,
        // dockerode's own ssh accepts any host key; the ssh program verifies it.
        protocol: 'http',
        host: endpoint.host,
        port: endpoint.port,
        agent: new SshAgent(endpoint),
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

/** `ssh me@far` asks for what a run cannot. */
function sshHint({ host, port, username }: Extract<Endpoint, { kind: 'ssh' }>): string {
  const to = `${port === 22 ? '' : `-p ${port} `}${username === null ? '' : `${username}@`}${host}`;
  return `check that 'ssh ${to} docker version' works without a question: the key of the host in known_hosts, yours in an agent`;
}

function noAnswerHint(error: unknown): string {
  const code = (error as NodeJS.ErrnoException | null)?.code;
  return code === 'EACCES'
    ? "this user may not use the socket: add the user to the group 'docker', or use --runtime netns"
    : daemonHint;
}

/** What this machine says about daemons: environment, home, files. */
export function surroundings(env: NodeJS.ProcessEnv = process.env): Surroundings {
  return { env, home: homedir(), readText, isSocket };
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
