import { expect, it } from 'vitest';
import { ranOutByOutput } from './tool-output.ts';

const wrk = (errors: string) =>
  `Running 1s test @ http://198.18.0.102:8080/\n  58319 requests in 1.01s, 5.06MB read\n${errors}Requests/sec:  57982.59\n`;

it("reads wrk's count of failed connects", () => {
  expect(ranOutByOutput('wrk', wrk('  Socket errors: connect 51, read 0, write 0, timeout 0\n'))).toBe(true);
  expect(ranOutByOutput('wrk', wrk('  Socket errors: connect 0, read 3, write 0, timeout 1\n'))).toBe(false);
  expect(ranOutByOutput('wrk', wrk(''))).toBe(false);
});

it.each([
  ['hey', 'Error distribution:\n  [304]\tGet "http://h/": dial tcp h: connect: cannot assign requested address\n'],
  ['ab', 'Test aborted after 10 failures\n\napr_socket_connect(): Cannot assign requested address (99)\n'],
  ['redis-benchmark', 'Could not connect to Redis at 198.18.0.102:6379: Cannot assign requested address\n'],
  ['siege', '[error] socket: unable to connect sock.c:282: Cannot assign requested address\n'],
] as const)('reads the message of %s', (tool, output) => {
  expect(ranOutByOutput(tool, output)).toBe(true);
});

it.each([
  ['hey', 'Status code distribution:\n  [200]\t3000 responses\n'],
  ['ab', 'Failed requests:        0\nRequests per second:    40809.66 [#/sec] (mean)\n'],
  ['redis-benchmark', 'Summary:\n  throughput summary: 75000.00 requests per second\n'],
  ['siege', '{\t"transactions":\t\t\t         300,\n\t"failed_transactions":\t\t           0\n}\n'],
] as const)('reads the ordinary end of %s', (tool, output) => {
  expect(ranOutByOutput(tool, output)).toBe(false);
});

it('knows nothing of a tool that was ended before it printed its result', () => {
  expect(ranOutByOutput('wrk', 'Running 1s test @ http://198.18.0.102:8080/\n')).toBeNull();
  expect(ranOutByOutput('ab', '')).toBeNull();
});
