import { hundredPorts, type ProgramCase, programCase } from '../program-case.ts';
import type { Tool } from '../tool-output.ts';

/** A tool whose output is passed on, and kept: it says what happened. siege writes its settings under HOME. */
function toolCase(tool: Tool, args: string, given: Omit<Parameters<typeof programCase>[0], 'command'>): ProgramCase {
  const command = `{python} {clients}/record.py {log} env HOME={folder} ${tool} ${args}`;
  return programCase({ command, needs: ['python3', tool], truth: tool, ...given });
}

/** Load generators as people call them. */
export const tools: readonly ProgramCase[] = [
  toolCase('wrk', '-t1 -c50 -d1s {url}', { name: 'wrk, 50 connections', ranOut: false }),
  toolCase('wrk', '-t1 -c150 -d1s {url}', {
    name: 'wrk, 150 connections over 100 ports',
    sysctls: hundredPorts,
    ranOut: true,
    verdicts: ['exhausted'],
  }),
  toolCase('wrk', "-t1 -c20 -d1s -H 'Connection: close' {url}", {
    name: 'wrk, the server closes first',
    ranOut: false,
  }),
  toolCase('hey', '-n 5000 -c 50 {url}', { name: 'hey, 50 connections', ranOut: false }),
  toolCase('hey', '-n 600 -c 150 {url}', {
    name: 'hey, 150 connections over 100 ports',
    sysctls: hundredPorts,
    ranOut: true,
    verdicts: ['exhausted'],
  }),
  toolCase('ab', '-k -n 2000 -c 10 {url}', { name: 'ab with keep-alive', ranOut: false }),
  toolCase('ab', '-n 300 -c 10 {url}', { name: 'ab, HTTP/1.0, the server closes first', ranOut: false }),
  toolCase('ab', '-k -n 2000 -c 150 {url}', {
    name: 'ab, 150 connections over 100 ports',
    sysctls: hundredPorts,
    ranOut: true,
    verdicts: ['exhausted'],
  }),
  toolCase('siege', '-b -c 10 -r 30 {url}', { name: 'siege, the server closes first', ranOut: false }),
  toolCase('redis-benchmark', '-h {address} -p {port} -t ping_mbulk -k 0 -c 20 -n 3000', {
    name: 'redis-benchmark, a connection per request',
    scenario: 'redis-ping',
    ranOut: true,
    verdicts: ['exhausted'],
  }),
  toolCase('redis-benchmark', '-h {address} -p {port} -t ping_mbulk -c 20 -n 20000', {
    name: 'redis-benchmark, 20 connections',
    scenario: 'redis-ping',
    ranOut: false,
  }),
];
