import type { Target } from '../../model/protocol.ts';
import type { LoadSpec } from '../../model/scenario.ts';
import { AnswerReader } from './http-answer.ts';

/** Finds the ends of answers in what a server sends. */
export interface AnswerParser {
  /** How many answers ended within these bytes. */
  push(bytes: Uint8Array): number;
  /** The connection has ended: how many answers that ends. */
  end(): number;
  /** A name for what is wrong with an answer that came whole (`HTTP_502`); `null`: nothing. */
  readonly refusal: string | null;
  /** The server closes after the last answer. */
  readonly closes: boolean;
}

/** What is said on a connection: the request, and how an answer to it is read. */
export interface Conversation {
  requestText(load: LoadSpec, target: Target): string;
  newParser(load: LoadSpec): AnswerParser;
}

const conversations = {
  http: {
    requestText: (load: LoadSpec, target: Target) =>
      `${methodOf(load)} ${load.path} HTTP/1.1\r\nHost: ${target.address}:${target.port}\r\n\r\n`,
    newParser: (load: LoadSpec) => new AnswerReader(methodOf(load) === 'HEAD'),
  },
  /** Redis' inline form, as by hand: PING, +PONG. */
  'redis-ping': {
    requestText: () => 'PING\r\n',
    newParser: () => new LineReader('+PONG'),
  },
} satisfies Record<string, Conversation>;

type ConversationName = keyof typeof conversations;

export const conversationNames = Object.keys(conversations) as [ConversationName, ...ConversationName[]];

/** The load's parameter `conversation`, http where it says nothing. Planning has refused other names. */
export function conversationOf(load: LoadSpec): Conversation {
  return conversations[(load.parameters.conversation ?? 'http') as ConversationName];
}

/** Methods of HTTP that have no body of their own. */
export const methods = ['GET', 'HEAD'] as const;

function methodOf(load: LoadSpec): (typeof methods)[number] {
  return load.parameters.method === 'HEAD' ? 'HEAD' : 'GET';
}

/** Answers of one line each; any other line than the expected one is a refusal. */
class LineReader implements AnswerParser {
  refusal: string | null = null;
  readonly closes = false;
  private text = '';
  private readonly expected: string;

  constructor(expected: string) {
    this.expected = expected;
  }

  push(bytes: Uint8Array): number {
    this.text += Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1');
    const lines = this.text.split('\r\n');
    this.text = lines.pop() ?? '';
    if (lines.some((line) => line !== this.expected)) this.refusal = 'ERROR_ANSWER';
    return lines.length;
  }

  end(): number {
    return 0;
  }
}
