import { describe, expect, it } from 'vitest';
import { type ClosePolicy, closePolicies } from '../../model/vocabulary.ts';
import { closeSequence, packetsSent, type SecondClose } from './close-sequence.ts';

const steps = (policy: ClosePolicy, requests: 'one' | 'several' = 'one') => {
  const { before, after } = closeSequence(policy, requests);
  return [...before, ...after];
};
const closing = (policy: ClosePolicy, second?: SecondClose) =>
  closeSequence(policy, 'one', second).after.map(
    ({ from, text, states }) => `${from} ${text}: ${states.opener} ${states.acceptor}`,
  );

describe('the known sequence of a close policy', () => {
  it('begins with the handshake, one request and its answer', () => {
    for (const policy of closePolicies) {
      expect(
        steps(policy)
          .slice(0, 7)
          .map(({ from, text }) => `${from} ${text}`),
        policy,
      ).toEqual([
        'opener SYN',
        'acceptor SYN ACK',
        'opener ACK',
        'opener request',
        'acceptor ACK',
        'acceptor answer',
        'opener ACK',
      ]);
      expect(steps(policy)[2]?.states).toEqual({ opener: 'ESTABLISHED', acceptor: 'ESTABLISHED' });
    }
  });

  it('client-fin: ten packets, and the client keeps the TIME_WAIT', () => {
    expect(steps('client-fin')).toHaveLength(10);
    expect(closing('client-fin')).toEqual([
      'opener FIN ACK: FIN_WAIT1 CLOSE_WAIT',
      'acceptor FIN ACK: TIME_WAIT LAST_ACK',
      'opener ACK: TIME_WAIT CLOSED',
    ]);
  });

  it('server-fin: ten packets, and the server keeps the TIME_WAIT', () => {
    expect(steps('server-fin')).toHaveLength(10);
    expect(closing('server-fin')).toEqual([
      'acceptor FIN ACK: CLOSE_WAIT FIN_WAIT1',
      'opener FIN ACK: LAST_ACK TIME_WAIT',
      'acceptor ACK: CLOSED TIME_WAIT',
    ]);
  });

  it('client-fin with a server that closes late: an ACK of its own, and FIN_WAIT2 until then', () => {
    expect(closing('client-fin', 'late')).toEqual([
      'opener FIN ACK: FIN_WAIT1 CLOSE_WAIT',
      'acceptor ACK: FIN_WAIT2 CLOSE_WAIT',
      'acceptor FIN ACK: TIME_WAIT LAST_ACK',
      'opener ACK: TIME_WAIT CLOSED',
    ]);
  });

  it('server-fin with a client that never closes: CLOSE_WAIT at the client for ever', () => {
    expect(closing('server-fin', 'never')).toEqual([
      'acceptor FIN ACK: CLOSE_WAIT FIN_WAIT1',
      'opener ACK: CLOSE_WAIT FIN_WAIT2',
    ]);
  });

  it('simultaneous: both FINs and both ACKs cross, and both ends keep a TIME_WAIT', () => {
    expect(closing('simultaneous')).toEqual([
      'opener FIN ACK: FIN_WAIT1 FIN_WAIT1',
      'acceptor FIN ACK: CLOSING CLOSING',
      'opener ACK: CLOSING CLOSING',
      'acceptor ACK: TIME_WAIT TIME_WAIT',
    ]);
    expect(closeSequence('simultaneous', 'one').after.map(({ crosses }) => crosses)).toEqual([
      'next',
      'previous',
      'next',
      'previous',
    ]);
  });

  it('client-rst and server-rst: one reset, and neither end keeps anything', () => {
    expect(closing('client-rst')).toEqual(['opener RST ACK: CLOSED CLOSED']);
    expect(closing('server-rst')).toEqual(['acceptor RST ACK: CLOSED CLOSED']);
  });

  it('leak: nothing after the answer', () => {
    expect(closing('leak')).toEqual([]);
  });

  it('leaves out the packets of several requests, and only those', () => {
    const { before, abbreviated, after } = closeSequence('client-fin', 'several');
    expect(before.map(({ text }) => text)).toEqual(['SYN', 'SYN ACK', 'ACK']);
    expect(abbreviated).toBe(true);
    expect(after).toEqual(closeSequence('client-fin', 'one').after);
    expect(closeSequence('client-fin', 'one').abbreviated).toBe(false);
  });

  it.each<[policy: ClosePolicy, opener: number, acceptor: number, second?: SecondClose]>([
    // The growth of Tcp.OutSegs over 400 connections of the lab's own client and server, per connection (Linux 6.18).
    ['client-fin', 6, 4],
    ['server-fin', 5, 5],
    ['client-rst', 5, 3],
    ['server-rst', 4, 4],
    ['leak', 4, 3],
    ['client-fin', 6, 5, 'late'],
    ['client-fin', 5, 4, 'never'],
    ['server-fin', 5, 4, 'never'],
  ])('%s: as many packets as the kernel counted (%d and %d, %s)', (policy, opener, acceptor, second) => {
    expect(packetsSent(policy, second)).toEqual({ opener, acceptor });
  });
});
