import { expect, it } from 'vitest';
import { tellingLines } from './telling-lines.ts';

it.each([
  [
    'Node',
    [
      'node:internal/x:275',
      '    throw new ERR_X(',
      "Error [ERR_X]: Cannot find '/x'",
      '    at f (node:x:1)',
      '}',
      'Node.js v20',
    ],
    "Error [ERR_X]: Cannot find '/x'",
  ],
  [
    'Python, chained',
    ['KeyError: 1', '', 'During handling of it, another one:', 'ValueError: boom'],
    'ValueError: boom',
  ],
  ['Python', ['Traceback (most recent call last):', '  File "x", line 1', 'ValueError: boom'], 'ValueError: boom'],
  [
    'Java',
    [
      'Exception in thread "main" a.B: x',
      '\tat a.b',
      'Caused by: java.net.ConnectException: no',
      '\tat c.d',
      '\t... 3 more',
    ],
    'Caused by: java.net.ConnectException: no',
  ],
  ['Go', ['panic: index out of range', '', 'goroutine 1 [running]:', 'exit status 2'], 'panic: index out of range'],
  [
    'nginx',
    ['nginx: [emerg] bind() to 0.0.0.0:80 failed', 'still could not bind()'],
    'nginx: [emerg] bind() to 0.0.0.0:80 failed',
  ],
  [
    'PHP',
    ['PHP Fatal error:  Uncaught X', 'Stack trace:', '#0 {main}', '  thrown in x'],
    'PHP Fatal error:  Uncaught X',
  ],
])('%s: the line that names the error', (_program, lines, told) => {
  expect(tellingLines(lines)).toEqual([told]);
});

it('is the last three lines where none names an error', () => {
  expect(tellingLines(['a', 'b', 'c', 'd'])).toEqual(['b', 'c', 'd']);
  expect(tellingLines([])).toEqual([]);
});
