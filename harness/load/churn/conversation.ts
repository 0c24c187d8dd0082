import { endpointText } from '../../model/address.ts';
import type { Target } from '../../model/protocol.ts';
import type { LoadSpec } from '../../model/scenario.ts';
import { AnswerReader } from './http-answer.ts';

/** Finds the ends of answers in what a server sends. */
export interface AnswerParser {
  /** Number of answers that end within these bytes. */
  push(bytes: Uint8Array): number;
  /** Called when the connection has ended; returns the number of answers that this completes. */
  end(): number;
  /** Error name for a complete answer that is a failure (`HTTP_502`); `null`: no failure. */
  readonly refusal: string | null;
  /** The server closes after the last answer. */
  readonly closes: boolean;
}

/** The protocol on a connection: the request, and how to read its answer. */
export interface Conversation {
  requestText(load: LoadSpec, target: Target): string;
  newParser(load: LoadSpec): AnswerParser;
}

const conversations = {
  http: {
    requestText: (load: LoadSpec, target: Target) =>
      `${methodOf(load)} ${load.path} HTTP/1.1\r\nHost: ${endpointText(target)}\r\n\r\n`,
    newParser: (load: LoadSpec) => new AnswerReader(methodOf(load) === 'HEAD'),
  },
  /** Redis' inline command form: PING, +PONG. */
  'redis-ping': {
    requestText: () => 'PING\r\n',
    newParser: () => new LineReader('+PONG'),
  },
} satisfies Record<string, Conversation>;

type ConversationName = keyof typeof conversations;

export const conversationNames = Object.keys(conversations) as [ConversationName, ...ConversationName[]];

/** The load's parameter `conversation`, http by default. Planning has rejected unknown names. */
export function conversationOf(load: LoadSpec): Conversation {
  return conversations[(load.parameters.conversation ?? 'http') as ConversationName];
}

/** HTTP methods without a request body. */
export const methods = ['GET', 'HEAD'] as const;

function methodOf(load: LoadSpec): (typeof methods)[number] {
  return load.parameters.method === 'HEAD' ? 'HEAD' : 'GET';
}

/** One-line answers; any line but the expected one is an error. */
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
