// Captures /proc/net files and ss output inside a fresh namespace with sockets in several states, for the
// parsers' tests. Run as root: node scripts/capture-fixtures.mjs [FOLDER]; the folder is test/fixtures/kernels unless
// given. File names contain the kernel version.
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer, Socket } from 'node:net';
import { release } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

const own = fileURLToPath(import.meta.url);
if (process.argv[2] !== '--inside') {
  const folder = process.argv[2] ?? join(dirname(dirname(own)), 'test', 'fixtures', 'kernels');
  const args = ['--net', process.execPath, own, '--inside', folder];
  process.exit(spawnSync('unshare', args, { stdio: 'inherit' }).status ?? 1);
}

const folder = process.argv[3];
const version = release().split('.').slice(0, 2).join('.');
mkdirSync(folder, { recursive: true });
execFileSync('ip', ['link', 'set', 'lo', 'up']);

const held = [];
const server = createServer({ allowHalfOpen: true }, (socket) => {
  held.push(socket);
  socket.on('error', () => {});
  // closes: after the client's FIN, as a server should; leaks: never.
  socket.on('end', () => socket.localPort === 8080 && socket.end());
  socket.resume();
});
const other = createServer({ allowHalfOpen: true }, (socket) => held.push(socket.resume()));
await new Promise((done) => server.listen(8080, '127.0.0.1', done));
await new Promise((done) => other.listen(8081, '127.0.0.1', done));
const open = (port) =>
  new Promise((done) => {
    const socket = new Socket({ allowHalfOpen: true });
    held.push(socket);
    socket.connect(port, '127.0.0.1', () => done(socket));
  });
for (let n = 0; n < 7; n++) (await open(8080)).destroy();
for (let n = 0; n < 3; n++) await open(8080);
for (let n = 0; n < 2; n++) (await open(8081)).destroy();
await sleep(200);

const write = (name, text) => writeFileSync(join(folder, `${name}-${version}.txt`), text);
for (const name of ['sockstat', 'sockstat6', 'snmp', 'netstat', 'tcp']) {
  write(`proc-net-${name}`, readFileSync(`/proc/net/${name}`, 'utf8'));
}
write('ss-Htano-exclude-time-wait', execFileSync('ss', ['-Htano', 'exclude', 'time-wait'], { encoding: 'utf8' }));
process.exit(0);
