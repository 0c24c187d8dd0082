import { connect } from 'node:net';

/** How a server ends connections, as one probing connection of each kind showed. */
export interface CloseProbe {
  /** It answered as HTTP does. */
  isHttp: boolean;
  /** Its `Server` header; `null`: none, or not HTTP. */
  software: string | null;
  /** Whether it closed after its answer; `null`: no answer came. */
  closes: Readonly<Record<ProbeKind, boolean | null>>;
}

const requests = {
  'HTTP/1.1': 'GET / HTTP/1.1\r\nHost: timewait-lab\r\n\r\n',
  'HTTP/1.0': 'GET / HTTP/1.0\r\nHost: timewait-lab\r\n\r\n',
  'Connection: close': 'GET / HTTP/1.1\r\nHost: timewait-lab\r\nConnection: close\r\n\r\n',
} as const;
export type ProbeKind = keyof typeof requests;

/** A server that closes does so within milliseconds of its answer; one that has not by then keeps the connection. */
const keepsAfterMs = 400;
const answerWithinMs = 2000;

/**
 * Asks a server over one connection of each kind, from inside its own stack, before anything is counted. Each is ended by a
 * reset, also where the server has sent its FIN: then no TIME_WAIT is left behind at either end.
 */
export async function probeCloses(address: string, port: number): Promise<CloseProbe> {
  const kinds = Object.keys(requests) as ProbeKind[];
  const answers = await Promise.all(kinds.map((kind) => ask(address, port, requests[kind])));
  const texts = answers.map(({ text }) => text).filter((text) => text.startsWith('HTTP/'));
  const header = texts.map((text) => /^server:[ \t]*(.{1,80}?)\r?$/im.exec(text)?.[1]).find((one) => one !== undefined);
  return {
    isHttp: texts.length > 0,
    software: header === undefined ? null : header.replace(/[^\x20-\x7e]/g, ''),
    closes: Object.fromEntries(
      kinds.map((kind, index) => {
        const answer = answers[index];
        return [kind, answer?.text.startsWith('HTTP/') === true ? answer.closed : null];
      }),
    ) as CloseProbe['closes'],
  };
}

/** A sentence for the report. */
export function closesText({ isHttp, closes }: CloseProbe): string {
  if (!isHttp) return 'it does not answer HTTP: who closed first is in the counters';
  const kinds = Object.entries(closes);
  const closing = kinds.flatMap(([kind, closed]) => (closed === true ? [kind] : []));
  const keeping = kinds.flatMap(([kind, closed]) => (closed === false ? [kind] : []));
  const parts = [
    ...(closing.length > 0 ? [`closes after its answer to ${list(closing)}`] : []),
    ...(keeping.length > 0 ? [`keeps the connection after ${list(keeping)}`] : []),
  ];
  return `${parts.join('; ')} (one probing connection each)`;
}

function list(words: readonly string[]): string {
  return words.length < 2 ? words.join('') : `${words.slice(0, -1).join(', ')} and ${words.at(-1)}`;
}

/** The answer's beginning, and whether the server ended the connection after it. Never rejects. */
function ask(address: string, port: number, request: string): Promise<{ text: string; closed: boolean }> {
  return new Promise((resolve) => {
    let text = '';
    let timer: NodeJS.Timeout;
    const socket = connect({ host: address, port, allowHalfOpen: true });
    const done = (closed: boolean) => {
      clearTimeout(timer);
      socket.resetAndDestroy();
      resolve({ text, closed });
    };
    timer = setTimeout(() => done(false), answerWithinMs);
    socket
      .on('connect', () => socket.write(request))
      .on('data', (chunk) => {
        if (text === '') {
          clearTimeout(timer);
          timer = setTimeout(() => done(false), keepsAfterMs);
        }
        if (text.length < 4096) text += chunk.toString('latin1');
      })
      .on('end', () => done(true))
      .on('error', () => done(text !== ''));
  });
}
