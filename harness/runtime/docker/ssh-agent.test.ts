import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { connectTo } from './docker-api.ts';
import { sshArguments } from './ssh-agent.ts';

let folder = '';
let daemon: Server;
let asked: string[] = [];

/** A daemon on a socket, and in front of it a program called ssh. */
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'ssh-agent-'));
  asked = [];
  daemon = createServer((request, response) => {
    asked.push(`${request.method} ${request.url}`);
    response.setHeader('content-type', 'application/json');
    response.end(JSON.stringify({ Version: '20.10.24', ApiVersion: '1.41' }));
  });
  daemon.on('upgrade', (request, socket) => {
    asked.push(`upgrade ${request.url}`);
    socket.write('HTTP/1.1 101 UPGRADED\r\nConnection: Upgrade\r\nUpgrade: tcp\r\n\r\n');
    socket.on('data', (chunk: Buffer) => socket.end(`heard ${chunk}`));
  });
  await new Promise<void>((resolve) => daemon.listen(join(folder, 'socket'), resolve));
  vi.stubEnv('PATH', `${folder}:${process.env.PATH}`);
});

afterEach(() => {
  vi.unstubAllEnvs();
  daemon.close();
  rmSync(folder, { recursive: true, force: true });
});

function ssh(script: string): void {
  const file = join(folder, 'ssh');
  writeFileSync(file, `#!/bin/sh\nprintf '%s\\n' "$*" >>'${join(folder, 'log')}'\n${script}\n`);
  chmodSync(file, 0o755);
}

const relay = () => {
  const code =
    "const s=require('net').connect(process.argv[1]);process.stdin.pipe(s);s.pipe(process.stdout);s.on('close',()=>process.exit(0))";
  return `exec '${process.execPath}' -e "${code}" '${join(folder, 'socket')}'`;
};

const far = {
  kind: 'ssh',
  host: 'far',
  port: 2222,
  username: 'me',
  source: 'DOCKER_HOST',
  address: 'ssh://me@far:2222',
} as const;

it('speaks to a daemon through the ssh program, which verifies the key of the host', async () => {
  ssh(relay());
  const { docker, version } = await connectTo(far);
  expect(version).toBe('20.10.24');
  expect(readFileSync(join(folder, 'log'), 'utf8')).toBe(`${sshArguments(far).join(' ')}\n`);
  await docker.version();
  expect(asked).toEqual(['GET /version', 'GET /version']);
});

it('carries a stream both ways, as attaching to a container does', async () => {
  ssh(relay());
  const { docker } = await connectTo(far);
  const stream = await docker.getContainer('c').attach({ stream: true, stdin: true, stdout: true, hijack: true });
  const heard = new Promise<string>((resolve) => {
    let text = '';
    stream.on('data', (chunk: Buffer) => {
      text += chunk;
      if (text.includes('hello')) resolve(text);
    });
  });
  stream.write('hello');
  expect(await heard).toBe('heard hello');
  expect(asked.at(-1)).toMatch(/^upgrade \/containers\/c\/attach/);
});

it('ends with exit code 3 and what ssh says where the key is not the known one', async () => {
  ssh("echo 'Host key verification failed.' >&2; exit 255");
  await expect(connectTo(far)).rejects.toMatchObject({
    code: 'NO_DOCKER',
    exitCode: 3,
    hint: expect.stringContaining('ssh -p 2222 me@far'),
    cause: expect.stringContaining('Host key verification failed.'),
  });
});

it('never lets the name of a host be read as an option', () => {
  const args = sshArguments({ host: '-oProxyCommand=touch x', port: 22, username: null });
  expect(args.indexOf('--')).toBe(args.indexOf('-oProxyCommand=touch x') - 1);
  expect(args).toContain('BatchMode=yes');
});
