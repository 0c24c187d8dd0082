// node http-calls.mjs URL MODE COUNT: COUNT requests, one after another.
// default: http.get() with the global agent; no-agent: agent: false; unread: the answer is dropped once its status is
// known; reset: fetch() with Connection: close, which sets undici's option `reset`; fetch: fetch() as it is.
import http from 'node:http';
import { call, end } from './report.mjs';

const [url, mode, count] = process.argv.slice(2);

const get = (options, isRead = true) =>
  new Promise((resolve, reject) => {
    const request = http.get(url, options, (answer) => {
      if (isRead) return answer.resume().on('end', resolve).on('error', reject);
      request.destroy();
      resolve();
    });
    request.on('error', reject);
  });

const modes = {
  default: () => get({}),
  'no-agent': () => get({ agent: false }),
  unread: () => get({}, false),
  fetch: async () => (await fetch(url)).text(),
  reset: async () => (await fetch(url, { headers: { connection: 'close' } })).text(),
};

for (let turn = 0; turn < Number(count); turn++) await call(modes[mode]);
end();
