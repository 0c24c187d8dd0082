import { connect } from 'node:net';
import type { ClosesAfter } from '../model/load-facts.ts';
import type { RunningServer } from './server.ts';

/** How a server ends connections, as one probing connection of each kind showed. */
export interface CloseProbe {
  /** It answered as HTTP does. */
  isHttp: boolean;
  /** Its `Server` header; `null`: none, or not HTTP. */
  software: string | null;
  /** Whether it closed after its answer; `null`: no answer came. */
  closes: ClosesAfter;
}

const requests = {
  'HTTP/1.1': 'GET / HTTP/1.1\r\nHost: timewait-lab\r\n\r\n',
  'HTTP/1.0': 'GET / HTTP/1.0\r\nHost: timewait-lab\r\n\r\n',
  'Connection: close': 'GET / HTTP/1.1\r\nHost: timewait-lab\r\nConnection: close\r\n\r\n',
} as const satisfies Record<keyof ClosesAfter, string>;

/** A server that closes does so within milliseconds of its answer; one that has not by then keeps the connection. */
const keepsAfterMs = 400;
const answerWithinMs = 2000;

/**
 * Asks a server over one connection of each kind, from inside its network namespace, before anything is counted. Each is ended by a
 * reset, also where the server has sent its FIN: then no TIME_WAIT is left behind at either end.
 */
export async function probeCloses(address: string, port: number): Promise<CloseProbe> {
  const kinds = Object.keys(requests) as (keyof ClosesAfter)[];
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
    ) as ClosesAfter,
  };
}

/** A server that was not asked, or does not answer HTTP: the counters of the run say who closed (cell/measured-closes.ts). */
export const notAsked: ClosesAfter = { 'HTTP/1.1': null, 'HTTP/1.0': null, 'Connection: close': null };

/**
 * What is recorded about how a server closes. One with next hops is not asked: its answer would open connections to them.
 */
export async function measureCloses(
  { address, ports, upstreams }: { address: string; ports: readonly number[]; upstreams: readonly unknown[] },
  isAsked = true,
): Promise<
  Pick<RunningServer, 'closes' | 'version'> & { facts: { closesAfter: ClosesAfter; requestLimit: 1 | null } }
> {
  const [port] = ports;
  if (port === undefined) {
    const closes = 'a client beside the load, which ends with it';
    return { version: null, closes, facts: { closesAfter: notAsked, requestLimit: null } };
  }
  if (upstreams.length > 0 || !isAsked) {
    return { version: null, closes: 'not asked', facts: { closesAfter: notAsked, requestLimit: null } };
  }
  const probe = await probeCloses(address, port);
  return {
    version: probe.software,
    closes: closesText(probe),
    facts: { closesAfter: probe.closes, requestLimit: probe.closes['HTTP/1.1'] === true ? 1 : null },
  };
}

/** A sentence for the report. */
export function closesText({ isHttp, closes }: CloseProbe): string {
  if (!isHttp) return 'does not answer HTTP';
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
