import { mkdtempSync, rmSync } from 'node:fs';
import { createConnection, createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A proxy for the daemon's socket that can be cut off, so that the daemon seems to have ended. */
export interface CutOffSocket {
  /** For DOCKER_HOST. */
  readonly address: string;
  /** Ends every connection and accepts no more. */
  cut(): void;
}

export async function cutOffSocket(daemonPath: string): Promise<CutOffSocket> {
  const folder = mkdtempSync(join(tmpdir(), 'timewait-lab-cut-'));
  const path = join(folder, 'docker.sock');
  const open = new Set<Socket>();
  const server = createServer({ allowHalfOpen: true }, (near) => {
    const far = createConnection({ path: daemonPath, allowHalfOpen: true });
    for (const socket of [near, far]) {
      open.add(socket);
      socket.on('error', () => {}).on('close', () => open.delete(socket));
    }
    near.pipe(far).pipe(near);
  });
  await new Promise<void>((resolve) => server.listen(path, resolve));
  return {
    address: `unix://${path}`,
    cut() {
      server.close();
      for (const socket of open) socket.destroy();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
