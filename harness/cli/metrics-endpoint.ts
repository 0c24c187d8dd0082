import { createServer } from 'node:http';
import { causeText, exitCode, HarnessError } from '../model/errors.ts';

/** Serves /metrics and nothing else. `text`: the latest; `null`: the first is not there yet. Errors: CANNOT_LISTEN (3). */
export async function serveMetrics(
  { host, port }: { host: string; port: number },
  text: () => string | null,
): Promise<{ close(): void }> {
  const server = createServer((request, response) => {
    const latest = text();
    if (request.url !== '/metrics' || request.method !== 'GET') {
      response.writeHead(404, { 'content-type': 'text/plain' }).end('only GET /metrics\n');
    } else if (latest === null) {
      response.writeHead(503, { 'content-type': 'text/plain' }).end('the first observation is not complete yet\n');
    } else {
      const type = 'application/openmetrics-text; version=1.0.0; charset=utf-8';
      response.writeHead(200, { 'content-type': type }).end(latest);
    }
  });
  // A scrape every few seconds should not leave sockets on the host that is observed.
  server.keepAliveTimeout = 60_000;
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, resolve);
  }).catch((error: unknown) => {
    throw new HarnessError('CANNOT_LISTEN', `cannot listen on ${host}:${port}: ${causeText(error)}`, {
      exitCode: exitCode.unavailable,
      hint: 'choose another port with --listen',
    });
  });
  return {
    close: () => {
      server.close();
      server.closeAllConnections();
    },
  };
}
