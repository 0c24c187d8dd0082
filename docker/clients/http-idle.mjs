// node http-idle.mjs URL plain|retry WORKERS IDLE_MS JITTER_MS: each worker has a keep-alive agent with one connection, and
// pauses between its requests for IDLE_MS, more or less by up to JITTER_MS. retry: as Node's documentation of
// request.reusedSocket advises, a request that was reset on a used connection is made again.
import http from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { call, end } from './report.mjs';

const [url, mode, workers, idleMs, jitterMs] = process.argv.slice(2);
const endsAt = performance.now() + Number(process.env.TIMEWAIT_LAB_DURATION_MS);

const get = (agent) =>
  new Promise((resolve, reject) => {
    const request = http.get(url, { agent }, (answer) => answer.resume().on('end', resolve).on('error', reject));
    request.on('error', (error) => {
      error.isReused = request.reusedSocket && error.code === 'ECONNRESET';
      if (mode === 'retry' && error.isReused) resolve(get(agent));
      else reject(error);
    });
  });

async function worker() {
  const agent = new http.Agent({ keepAlive: true, maxSockets: 1 });
  for (let pauseMs = 0; performance.now() + pauseMs < endsAt; ) {
    await sleep(pauseMs);
    await call(
      () => get(agent),
      (error) => (error.isReused ? 'reuse' : 'response'),
    );
    pauseMs = Number(idleMs) + (Math.random() * 2 - 1) * Number(jitterMs);
  }
}

await Promise.all(Array.from({ length: Number(workers) }, worker));
await sleep(Math.max(0, endsAt - performance.now()));
end();
