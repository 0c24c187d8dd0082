import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { AnswerReader } from './http-answer.ts';

const bytes = (text: string) => new TextEncoder().encode(text);
const head = (...lines: string[]) => `${['HTTP/1.1 200 OK', ...lines].join('\r\n')}\r\n\r\n`;

const whole: [string, string][] = [
  ['with a length', `${head('Content-Length: 5')}hello`],
  ['without a body', head('content-length:0')],
  ['in chunks', `${head('Transfer-Encoding: chunked')}5\r\nhello\r\nA;x=1\r\n0123456789\r\n0\r\n\r\n`],
  ['in chunks with a trailer', `${head('transfer-encoding: gzip, chunked')}1\r\n\r\n\r\n0\r\nDigest: x\r\n\r\n`],
  ['no content', 'HTTP/1.1 204 No Content\r\n\r\n'],
  ['not modified', 'HTTP/1.1 304 Not Modified\r\nContent-Length: 99\r\n\r\n'],
  ['after an interim answer', `HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n${head('Content-Length: 2')}ok`],
];

describe('AnswerReader', () => {
  it.each(whole)('finds the end of an answer %s, wherever it is cut', (_, answer) => {
    for (let cut = 1; cut < answer.length; cut++) {
      const reader = new AnswerReader();
      expect([reader.push(bytes(answer.slice(0, cut))), reader.push(bytes(answer.slice(cut)))]).toEqual([0, 1]);
      expect([reader.refusal, reader.closes]).toEqual([null, false]);
    }
  });

  it('counts answers one after the other, in pieces of any size', () => {
    const stream = whole.map(([, answer]) => answer).join('');
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 60 }), { minLength: 1, maxLength: 200 }), (sizes) => {
        const reader = new AnswerReader();
        let found = 0;
        let from = 0;
        for (let n = 0; from < stream.length; n++) {
          const to = from + (sizes[n % sizes.length] as number);
          found += reader.push(bytes(stream.slice(from, to)));
          from = to;
        }
        expect(found).toBe(whole.length);
      }),
    );
  });

  it('treats the end of the connection as the end of an answer without a length', () => {
    const reader = new AnswerReader();
    expect([reader.push(bytes(`${head()}all of`)), reader.push(bytes(' it')), reader.end(), reader.end()]).toEqual([
      0, 0, 1, 0,
    ]);
    expect(reader.closes).toBe(true);
  });

  it('expects no body after HEAD', () => {
    const reader = new AnswerReader(true);
    expect([reader.push(bytes(head('Content-Length: 5'))), reader.push(bytes(head('Content-Length: 5')))]).toEqual([
      1, 1,
    ]);
    expect(new AnswerReader().push(bytes(head('Content-Length: 5')))).toBe(0);
  });

  it('knows whether the server closes', () => {
    const closes = (answer: string) => {
      const reader = new AnswerReader();
      reader.push(bytes(answer));
      return reader.closes;
    };
    expect(closes(head('Content-Length: 0', 'Connection: close'))).toBe(true);
    expect(closes(head('Content-Length: 0', 'Connection: keep-alive'))).toBe(false);
    expect(closes('HTTP/1.0 200 OK\r\nContent-Length: 0\r\n\r\n')).toBe(true);
    expect(closes('HTTP/1.0 200 OK\r\nContent-Length: 0\r\nConnection: keep-alive\r\n\r\n')).toBe(false);
  });

  it.each(['+PONG\r\n\r\n', `${head('Transfer-Encoding: chunked')}zz\r\n`])('rejects what is not HTTP', (answer) => {
    const reader = new AnswerReader();
    expect([reader.push(bytes(answer)), reader.refusal]).toEqual([1, 'BAD_ANSWER']);
  });
});
