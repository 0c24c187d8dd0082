import { describe, expect, it } from 'vitest';
import { sampleReuseCell } from '../../../test/samples/report.ts';
import type { LoadReport } from '../../model/report.ts';
import { type LedgerInput, ledger, ledgerCounters } from './ledger.ts';
import type { LedgerPeer } from './ledger-peer.ts';
import { verdictOf } from './verdict.ts';

/*
 * Each identity of the ledger can fail: breaking one counter by one makes it fail, and the cell invalid. A pair of samples
 * covers every kind of identity; a new kind must be added to `kinds`, or the last test fails.
 */

type Counter = [role: string, counter: string];
type Change = { load: Partial<LoadReport> } | { counter: Counter; by: number } | { tw: string; by: number };

const load: LoadReport = {
  engine: 'churn',
  engineVersion: null,
  transport: null,
  closePolicy: 'client-fin',
  attempts: 1000,
  connected: 1000,
  completed: 1000,
  answers: 1000,
  inFlight: 0,
  failures: [],
  due: 1007,
  notStarted: 7,
  durationMs: 3000,
  rate: { offered: null, achieved: 0, peak: null },
  connectCallUs: null,
  connectLatencyUs: null,
  requestLatencyUs: null,
  scheduleLagUs: null,
  blindSpots: [],
};

/** A kernel has a value for each; those of a test are the ones that are not 0. */
const zero = Object.fromEntries(ledgerCounters.map((name) => [name, 0]));

function peer(role: string, counters: Record<string, number>, tw = 0): LedgerPeer {
  return {
    role,
    counters: { ...zero, ...counters },
    tw,
    open: 0,
    opening: 0,
    accepting: 0,
    closeWait: 0,
    history: [],
    endAt: 3000,
  };
}

const rules = {
  policyIsKept: true,
  goesAnywhere: false,
  hasQueues: false,
  countsAttempts: true,
  kernelHz: 250,
  loadRoles: ['client'],
  forwarders: [],
};

const oneHop: LedgerInput = {
  ...rules,
  load,
  hops: [{ openers: ['client'], acceptors: ['server'] }],
  peers: [
    peer('client', { 'Tcp.ActiveOpens': 1000, 'TcpExt.TW': 1000, 'TcpExt.TWRecycled': 400 }, 600),
    peer('server', { 'Tcp.PassiveOpens': 1000 }),
  ],
};

const twoHops: LedgerInput = {
  ...rules,
  forwarders: ['lb'],
  load,
  hops: [
    { openers: ['client'], acceptors: ['lb'] },
    { openers: ['lb'], acceptors: ['web'] },
  ],
  peers: [
    peer('client', { 'Tcp.ActiveOpens': 1000, 'TcpExt.TW': 1000 }, 1000),
    peer('lb', { 'Tcp.PassiveOpens': 1000, 'Tcp.ActiveOpens': 100, 'TcpExt.TW': 100 }, 100),
    peer('web', { 'Tcp.PassiveOpens': 100 }),
  ],
};

/** Two minutes, so that the first TIME_WAITs have expired. */
const long: LedgerInput = {
  ...oneHop,
  peers: oneHop.peers.map((one) =>
    one.role === 'server'
      ? one
      : {
          ...peer('client', { 'Tcp.ActiveOpens': 1000, 'TcpExt.TW': 1000 }, 500),
          endAt: 120_000,
          history: Array.from({ length: 121 }, (_, second) => ({
            t: second * 1000,
            counters: { ...zero, 'TcpExt.TW': Math.min(1000, Math.round((second * 1000) / 120)) },
          })),
        },
  ),
};

const anywhere: LedgerInput = {
  ...oneHop,
  load: { ...load, connected: null, countedBy: 'kernel' },
  goesAnywhere: true,
  hasQueues: false,
  peers: [
    peer('client', { 'Tcp.ActiveOpens': 1000, 'Tcp.PassiveOpens': 1000, 'TcpExt.TW': 1000 }, 1000),
    peer('server', {}),
  ],
};

function changed(input: LedgerInput, change: Change): LedgerInput {
  if ('load' in change) return { ...input, load: { ...input.load, ...change.load } };
  const peers = input.peers.map((one) => {
    if ('tw' in change) return one.role === change.tw ? { ...one, tw: one.tw + change.by } : one;
    const [role, counter] = change.counter;
    if (one.role !== role) return one;
    return { ...one, counters: { ...one.counters, [counter]: (one.counters[counter] ?? 0) + change.by } };
  });
  return { ...input, peers };
}

const clientTw: Counter = ['client', 'TcpExt.TW'];

/** A pattern of an identity's name, where it balances, and changes by one that must break it. */
const kinds: [RegExp, LedgerInput, Change[]][] = [
  [/^engine: attempts = /, oneHop, [{ load: { attempts: 999 } }, { load: { attempts: 1001 } }]],
  [/^engine: arrivals due = /, oneHop, [{ load: { due: 1006 } }, { load: { due: 1008 } }]],
  [
    /^engine connected = ActiveOpens/,
    oneHop,
    [{ load: { connected: 999 } }, { counter: ['client', 'Tcp.ActiveOpens'], by: 1 }],
  ],
  [
    /^ActiveOpens − AttemptFails \(client\) = PassiveOpens/,
    oneHop,
    [-1, 1].map((by) => ({ counter: ['server', 'Tcp.PassiveOpens'], by })),
  ],
  [
    /^ActiveOpens − AttemptFails \(lb\) = PassiveOpens/,
    twoHops,
    [-1, 1].map((by) => ({ counter: ['web', 'Tcp.PassiveOpens'], by })),
  ],
  [
    /^ActiveOpens − AttemptFails \(all peers\) = PassiveOpens/,
    anywhere,
    [-1, 1].map((by) => ({ counter: ['client', 'Tcp.PassiveOpens'], by })),
  ],
  [/^connections = TIME_WAIT created/, oneHop, [-1, 1].map((by) => ({ counter: clientTw, by }))],
  // One too many may be a connection that both ends closed at once.
  [/^TIME_WAIT created \+ overflowed \(/, twoHops, [{ counter: ['lb', 'TcpExt.TW'], by: -1 }]],
  [/^TIME_WAIT created = live \+ recycled/, oneHop, [-1, 1].map((by) => ({ tw: 'client', by }))],
  // At its lower bound.
  [/^live TIME_WAITs between/, long, [{ tw: 'client', by: -1 }]],
];

function brokenIn(input: LedgerInput): string[] {
  return ledger(input)
    .filter(({ holds }) => !holds)
    .map(({ name }) => name);
}

describe.each(kinds)('%s', (name, input, changes) => {
  it('applies, and holds as long as nothing is broken', () => {
    expect(ledger(input).map((one) => one.name)).toContainEqual(expect.stringMatching(name));
    expect(brokenIn(input)).toEqual([]);
  });

  it.each(changes)('fails for %j, and the cell is invalid', (change) => {
    const broken = changed(input, change);
    expect(brokenIn(broken)).toContainEqual(expect.stringMatching(name));
    const verdict = verdictOf({ ...sampleReuseCell(), identities: ledger(broken) });
    expect(verdict).toMatchObject({ verdict: 'invalid', reason: expect.stringContaining('the counts do not add up') });
  });
});

it('are all of the ledger', () => {
  const names = [oneHop, twoHops, long, anywhere].flatMap((input) => ledger(input).map((one) => one.name));
  expect(names.filter((name) => !kinds.some(([pattern]) => pattern.test(name)))).toEqual([]);
});

describe('a counter that a kernel lacks', () => {
  const without = (name: string) => {
    const peers = oneHop.peers.map((one) => {
      const { [name]: _, ...counters } = one.counters;
      return { ...one, counters };
    });
    return ledger({ ...oneHop, peers });
  };
  const all = ledger(oneHop);
  // Retransmissions matter once the first TIME_WAITs have expired.
  const needed = ledgerCounters.filter((name) => name !== 'Tcp.RetransSegs');

  it.each(needed)('%s leaves out the identities that need it, and makes none of them 0 or NaN', (name) => {
    const left = without(name);
    expect(left.length).toBeLessThan(all.length);
    expect(left.flatMap((one) => [one.left, one.right, one.residual, one.tolerance]).some(Number.isNaN)).toBe(false);
    for (const one of left) expect(all).toContainEqual(one);
  });

  it('leaves what the engine counts itself', () => {
    expect(without('TcpExt.TW').map(({ name }) => name)).toContain('engine: attempts = completed + failed + in flight');
  });
});
