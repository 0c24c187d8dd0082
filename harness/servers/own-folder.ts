import { rmSync } from 'node:fs';
import { makeTemporary } from '../probe/temporary.ts';
import type { RunningServer } from './server.ts';

/** Starts a server with its own temporary folder, which is removed when the server stops or fails to start. */
export async function inOwnFolder(
  name: string,
  start: (folder: string) => Promise<RunningServer>,
): Promise<RunningServer> {
  const folder = makeTemporary(name);
  const remove = () => rmSync(folder, { recursive: true, force: true });
  try {
    const server = await start(folder);
    return {
      ...server,
      async stop() {
        await server.stop();
        remove();
      },
    };
  } catch (error) {
    remove();
    throw error;
  }
}
