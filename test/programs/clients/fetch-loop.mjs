// fetch-loop.mjs URL read|abort COUNT LOG: Node's fetch() (undici); abort gives the request up once its status is
// known.
import { Counts } from './counts.mjs';

const [url, how, count, log] = process.argv.slice(2);
const counts = new Counts(log);
for (let turn = 0; turn < Number(count); turn++) {
  counts.attempt();
  const giveUp = new AbortController();
  try {
    const response = await fetch(url, { signal: giveUp.signal });
    if (how === 'read') await response.text();
    else giveUp.abort();
    counts.success();
  } catch (error) {
    counts.failure(error);
  }
}
counts.write('done');
process.exit(0);
