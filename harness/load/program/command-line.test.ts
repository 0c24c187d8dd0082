import { describe, expect, it } from 'vitest';
import { argumentIssues as issuesOfArguments, programIssues } from '../../program/command-issues.ts';
import { splitCommandLine } from '../../program/command-line.ts';
import { fillIn, placeholders } from './command-line.ts';

const commandIssues = (command: string, field: string) => programIssues(command, field, placeholders);
const argumentIssues = (command: string, field: string) => issuesOfArguments(command, field, placeholders);

const targets = [
  { address: '198.18.0.102', port: 8080 },
  { address: '198.18.0.103', port: 8081 },
];

describe('a command line', () => {
  it.each([
    ['wrk -c 20 {url}', ['wrk', '-c', '20', '{url}']],
    [`wrk -H 'Connection: close' "{url}"`, ['wrk', '-H', 'Connection: close', '{url}']],
    [`sh -c 'a | b > "c d"; $X'`, ['sh', '-c', 'a | b > "c d"; $X']],
    [`a''b "" ' '`, ['ab', '', ' ']],
    ['  a\tb\n', ['a', 'b']],
    [`x="a b"c`, ['x=a bc']],
    [
      String.raw`node -e "require(\"net\")" a\ b \'x \d "\d" '\"'`,
      ['node', '-e', 'require("net")', 'a b', "'x", '\\d', '\\d', '\\"'],
    ],
    ['', []],
  ])('%j is %j', (command, argv) => {
    expect(splitCommandLine(command)).toEqual(argv);
  });

  it('has its placeholders filled in, all destinations with {targets}, and braces left with {{ }}', () => {
    expect(fillIn('{url}', targets, '/x')).toBe('http://198.18.0.102:8080/x');
    expect(fillIn('-h {address} -p {port} {target}', targets, '/')).toBe('-h 198.18.0.102 -p 8080 198.18.0.102:8080');
    expect(fillIn('--targets={targets}', targets, '/')).toBe('--targets=198.18.0.102:8080,198.18.0.103:8081');
    expect(fillIn('{{url}} {{print}} {other}', targets, '/')).toBe('{url} {print} {other}');
  });
});

it('brackets an IPv6 address except where it stands alone', () => {
  const six = [{ address: '2001:2:0:1::102', port: 8080 }];
  expect(fillIn('{url} {target} {targets} {address} {port}', six, '/a')).toBe(
    'http://[2001:2:0:1::102]:8080/a [2001:2:0:1::102]:8080 [2001:2:0:1::102]:8080 2001:2:0:1::102 8080',
  );
});

describe('issues to --client-cmd', () => {
  it.each([
    ['curl {ulr}', '{ulr}', 'did you mean {url}?'],
    ['curl {URL}', '{URL}', 'did you mean {url}?'],
    ['curl {foo}', '{foo}', '{{foo}}'],
    ['nc {addres} {port}', '{addres}', 'did you mean {address}?'],
    [`sh -c 'curl {ulr}'`, '{ulr}', 'did you mean {url}?'],
    ['nc {host} {port}', '{host}', 'did you mean {address}?'],
    ['curl {uri}', '{uri}', 'did you mean {url}?'],
    ['curl {url', '{url is not closed', 'write {url}'],
    [`curl "{url}`, 'quote', 'close it with "'],
    [`curl '{url}`, 'quote', "close it with '"],
    ['curl {url} | tee x', '|', "sh -c 'curl {url} | tee x'"],
    ['curl {url} > /dev/null', '>', 'sh -c'],
    ['curl {url} 2>&1', '>', 'sh -c'],
    ['curl < x', '<', 'sh -c'],
    ['curl {url} && true', '&&', 'sh -c'],
    ['curl {url} || true', '||', 'sh -c'],
    ['curl {url} &', '&', 'sh -c'],
    ['curl {url}; true', ';', 'sh -c'],
    ['curl $TARGET', '$TARGET', 'sh -c'],
    ['curl $\u007bTARGET}', '${', 'sh -c'],
    ['curl $(cat x)', '$(', 'sh -c'],
    ['curl `cat x`', '`', 'sh -c'],
    ['', 'names no program', 'PROGRAM ARGS'],
    ['   ', 'names no program', 'PROGRAM ARGS'],
    [`'' {url}`, 'names no program', 'PROGRAM ARGS'],
    ['FOO=1 client {url}', 'not a program', 'env FOO=1'],
  ])('%j: %s', (command, message, hint) => {
    const [issue, ...more] = commandIssues(command, '--client-cmd');
    expect(more).toEqual([]);
    expect(issue?.field).toBe('--client-cmd');
    expect(issue?.message).toContain(message);
    expect(issue?.hint).toContain(hint);
  });

  it.each([
    'python3 req_loop.py {url} plain 1500 /tmp/x',
    `sh -c 'kill -SEGV $$'`,
    `sh -c "sleep 600; true"`,
    `wrk -t1 -c20 -d3s -H 'Connection: close' {url}`,
    'curl {url}?a=1&b=2',
    `curl -w '%{http_code}' {url}`,
    'curl -w %{http_code} {url}',
    `sh -c 'for i in 1 2; do curl "\${X}" {url}; done | tee x'`,
    `awk '{print}' x`,
    `node -e 'const f = () => {x}; f()' {targets}`,
    'curl -d {{name}} {url}',
    String.raw`curl \$HOME \| {url}`,
    String.raw`node -e "const x = \"\$y\"" {url}`,
    'redis-benchmark -h {address} -p {port} -t ping -k 0 -c 50 -n 10000000',
  ])('%j: none', (command) => {
    expect(commandIssues(command, '--client-cmd')).toEqual([]);
  });

  it('come all at once', () => {
    const issues = commandIssues(`curl {ulr} {prot} | tee "x`, '--client-cmd');
    expect(issues.map((issue) => issue.message)).toEqual([
      expect.stringContaining('quote'),
      expect.stringContaining('|'),
      expect.stringContaining('{ulr}'),
      expect.stringContaining('{prot}'),
    ]);
  });

  it('of arguments alone need no program', () => {
    expect(argumentIssues('', '--client-args')).toEqual([]);
    expect(argumentIssues('-c 5 {ulr}', '--client-args')[0]?.field).toBe('--client-args');
  });
});
