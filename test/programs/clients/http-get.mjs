// http-get.mjs URL MODE COUNT AT_ONCE LOG: node:http with the default agent, one of its own, none, or answers dropped
// unread.
import http from 'node:http';
import { Counts } from './counts.mjs';

const [url, mode, count, atOnce, log] = process.argv.slice(2);
const agents = {
  default: undefined,
  'keep-alive': new http.Agent({ keepAlive: true, maxSockets: Number(atOnce) }),
  none: false,
  destroy: undefined,
};
const counts = new Counts(log);

const get = () =>
  new Promise((resolve, reject) => {
    const request = http.get(url, { agent: agents[mode] }, (response) => {
      if (mode === 'destroy') {
        request.destroy();
        return resolve();
      }
      response.resume();
      response.on('end', resolve);
    });
    request.on('error', reject);
  });

let left = Number(count);
async function worker() {
  while (left-- > 0) {
    counts.attempt();
    await get().then(
      () => counts.success(),
      (error) => counts.failure(error),
    );
  }
}
await Promise.all(Array.from({ length: Number(atOnce) }, worker));
counts.write('done');
process.exit(0);
