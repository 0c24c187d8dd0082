import { expect, it } from 'vitest';
import { LoadSpec } from '../../model/scenario.ts';
import { conversationOf } from './conversation.ts';

const load = (conversation: string) =>
  LoadSpec.parse({
    closePolicy: 'client-fin',
    arrival: { loop: 'closed', concurrency: 1 },
    durationMs: 100,
    parameters: { conversation },
  });
const parserOf = (conversation: string) => conversationOf(load(conversation)).newParser(load(conversation));
const bytes = (text: string) => new TextEncoder().encode(text);

it('reads PONGs in pieces, and recognizes an error', () => {
  const parser = parserOf('redis-ping');
  expect([parser.push(bytes('+PO')), parser.push(bytes('NG\r\n+PONG\r\n')), parser.refusal]).toEqual([0, 2, null]);
  expect([parser.push(bytes('-ERR max number of clients\r\n')), parser.refusal]).toEqual([1, 'ERROR_ANSWER']);
});

it('reports a server error by its status, and accepts a 404 as an answer', () => {
  const answer = (status: string) => bytes(`HTTP/1.1 ${status}\r\nContent-Length: 2\r\n\r\nok`);
  const parser = parserOf('http');
  expect([parser.push(answer('404 Not Found')), parser.refusal]).toEqual([1, null]);
  expect([parser.push(answer('502 Bad Gateway')), parser.refusal]).toEqual([1, 'HTTP_502']);
  // Repeated bytes are recognized without parsing, and mean the same on every connection.
  const other = parserOf('http');
  expect([other.push(answer('502 Bad Gateway')), other.refusal]).toEqual([1, 'HTTP_502']);
  expect([other.push(answer('200 OK')), other.refusal]).toEqual([1, null]);
});
