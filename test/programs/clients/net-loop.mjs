// net-loop.mjs ADDRESS PORT COUNT swallow|throw LOG: net.connect(), a question, an answer, end().
import net from 'node:net';
import { Counts } from './counts.mjs';

const [address, port, count, onError, log] = process.argv.slice(2);
const counts = new Counts(log);

const ask = () =>
  new Promise((resolve, reject) => {
    const socket = net.connect(Number(port), address, () => socket.write('GET / HTTP/1.1\r\nHost: test\r\n\r\n'));
    socket.once('data', () => socket.end());
    socket.once('error', reject);
    socket.once('close', resolve);
  });

for (let turn = 0; turn < Number(count); turn++) {
  counts.attempt();
  try {
    await ask();
    counts.success();
  } catch (error) {
    counts.failure(error);
    if (onError === 'throw') throw error;
  }
}
counts.write('done');
