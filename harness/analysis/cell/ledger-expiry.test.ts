import { describe, expect, it } from 'vitest';
import { expiryIdentity } from './ledger-expiry.ts';
import type { LedgerPeer } from './ledger-peer.ts';

function client(counters: Record<string, number>, tw: number): LedgerPeer {
  return { role: 'client', counters, tw, open: 0, opening: 0, accepting: 0, closeWait: 0, history: [], endAt: 30_000 };
}

// As measured with wrk, which closes with answers on their way: 98 RST, 97 of them aborts.
const wrkCounters = {
  'Tcp.OutRsts': 98,
  'TcpExt.TW': 2397,
  'TcpExt.TWKilled': 0,
  'TcpExt.TWRecycled': 85,
  'TcpExt.TCPAbortOnData': 1,
  'TcpExt.TCPAbortOnClose': 96,
};

const nothing = { resets: 0, newerSyns: 0, finWait2: 0, retransmitted: 0 };

describe('expiryIdentity', () => {
  it('accepts that an RST in answer to late data ends a FIN_WAIT2 timewait socket', () => {
    expect(expiryIdentity(client(wrkCounters, 2311), nothing, 250)).toMatchObject({ holds: true, residual: 0 });
  });
  it('explains no more by such RSTs than there were', () => {
    expect(expiryIdentity(client(wrkCounters, 2310), nothing, 250)).toMatchObject({ holds: false, residual: 1 });
  });
});
