import { request } from 'node:http';
import { homedir } from 'node:os';
import { exitCode, HarnessError } from '../model/errors.ts';
import { outputOf } from './read-only-command.ts';

/** Sockets of container daemons on this host, in the order in which the docker command tries them, then podman's. */
function sockets(env: Readonly<Record<string, string | undefined>>): string[] {
  const host = env.DOCKER_HOST;
  if (host?.startsWith('unix://')) return [host.slice('unix://'.length)];
  const runtimeDir = env.XDG_RUNTIME_DIR;
  return [
    '/var/run/docker.sock',
    `${homedir()}/.docker/run/docker.sock`,
    ...(runtimeDir ? [`${runtimeDir}/docker.sock`, `${runtimeDir}/podman/podman.sock`] : []),
    '/run/podman/podman.sock',
  ];
}

/**
 * Pid on this host of a running container's first process, from Docker or podman. Only asks (GET). Errors:
 * NO_SUCH_TARGET (exit 2) if no daemon knows it, TARGET_NOT_READABLE (exit 3) if none answers.
 */
export async function containerPid(name: string, env = process.env): Promise<number> {
  let hasAnswered = false;
  for (const socket of sockets(env)) {
    const answer = await inspect(socket, name);
    if (answer === null) continue;
    hasAnswered = true;
    if (answer.pid > 0) return answer.pid;
    if (answer.isKnown) {
      throw new HarnessError('NO_SUCH_TARGET', `the container '${name}' is not running`, { exitCode: exitCode.usage });
    }
  }
  const pid = Number(await outputOf(['podman', 'inspect', '--type', 'container', '--format', '{{.State.Pid}}', name]));
  if (pid > 0) return pid;
  if (hasAnswered) {
    throw new HarnessError('NO_SUCH_TARGET', `there is no container '${name}'`, {
      exitCode: exitCode.usage,
      hint: 'docker ps or podman ps lists those that run',
    });
  }
  throw new HarnessError('TARGET_NOT_READABLE', 'no container daemon of this host answers this user', {
    exitCode: exitCode.unavailable,
    hint: "run as root or as a member of the group docker; or --pid with the container's process",
  });
}

/** `null`: no daemon answers on this socket. */
function inspect(socketPath: string, name: string): Promise<{ isKnown: boolean; pid: number } | null> {
  return new Promise((resolve) => {
    const path = `/containers/${encodeURIComponent(name)}/json`;
    const asked = request({ socketPath, path, timeout: 5000 }, (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (part: string) => {
        text = (text + part).slice(0, 1 << 22);
      });
      response.once('error', () => resolve(null));
      response.once('end', () =>
        resolve(response.statusCode === 200 ? { isKnown: true, pid: pidIn(text) } : { isKnown: false, pid: 0 }),
      );
    });
    asked.once('timeout', () => asked.destroy());
    asked.once('error', () => resolve(null));
    asked.end();
  });
}

function pidIn(text: string): number {
  try {
    return Number((JSON.parse(text) as { State?: { Pid?: number } }).State?.Pid ?? 0);
  } catch {
    return 0;
  }
}
