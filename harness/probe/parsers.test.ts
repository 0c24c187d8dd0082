import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { parseConntrackStates } from './conntrack.ts';
import { MibReader, parseMib, sampledCounters } from './mib.ts';
import { listeningPorts, parseProcNetTcp, portsOfOneAddress } from './proc-net-tcp.ts';
import { parseSockstat } from './sockstat.ts';
import { completeStates, parseSsStates } from './ss-states.ts';

/** Captured by scripts/capture-fixtures.mjs: 7 closed by the client, 3 open, 2 closed against a server that leaks. */
const fixture = (name: string) =>
  readFileSync(new URL(`../../test/fixtures/kernels/${name}-6.18.txt`, import.meta.url), 'utf8');

describe('parsers on files captured on Linux 6.18', () => {
  it('reads sockstat', () => {
    expect(parseSockstat(fixture('proc-net-sockstat'))).toEqual({ inUse: 10, tw: 9 });
  });

  it('throws for a sockstat without a TCP line instead of returning 0', () => {
    expect(() => parseSockstat('sockets: used 10\nUDP: inuse 0 mem 0\n')).toThrow(/no TCP line/);
  });

  it('reads counters by their full names', () => {
    const snmp = parseMib(fixture('proc-net-snmp'));
    const netstat = parseMib(fixture('proc-net-netstat'));
    expect(snmp['Tcp.ActiveOpens']).toBe(12);
    expect(snmp['Tcp.PassiveOpens']).toBe(12);
    expect(netstat['TcpExt.TW']).toBe(9);
    expect(netstat['TcpExt.TWRecycled']).toBe(0);
    expect(Object.keys(netstat).length).toBeGreaterThan(100);
  });

  it('has every sampled counter', () => {
    const both = { ...parseMib(fixture('proc-net-snmp')), ...parseMib(fixture('proc-net-netstat')) };
    for (const name of sampledCounters) expect(both).toHaveProperty([name]);
    expect(Object.keys(parseMib(fixture('proc-net-netstat'), new Set(['TcpExt.TW'])))).toEqual(['TcpExt.TW']);
  });

  it('reads the sampled counters at every tick, and re-reads the names when they change', () => {
    const reader = new MibReader(sampledCounters);
    const text = fixture('proc-net-netstat');
    for (let tick = 0; tick < 3; tick++) expect(reader.read(text)).toEqual(parseMib(text, sampledCounters));
    expect(reader.read('TcpExt: TWKilled TW\nTcpExt: 3 4\n')).toEqual({ 'TcpExt.TWKilled': 3, 'TcpExt.TW': 4 });
  });

  it('distinguishes FIN_WAIT2 kept as a timewait socket from TIME_WAIT', () => {
    const counts = parseSsStates(fixture('ss-Htano-exclude-time-wait'));
    expect(counts.smallFinWait2).toBe(2);
    expect(counts.states).toEqual({ LISTEN: 2, FIN_WAIT2: 2, ESTABLISHED: 6, CLOSE_WAIT: 2 });
    expect(completeStates(counts, 9)).toMatchObject({ TIME_WAIT: 7, FIN_WAIT2: 2, SYN_SENT: 0 });
  });

  it('reads rows and listeners of /proc/net/tcp', () => {
    const text = fixture('proc-net-tcp');
    expect(listeningPorts(text)).toEqual(new Set([8080, 8081]));
    expect(parseProcNetTcp(text).filter((row) => row.state === 6)).toHaveLength(7);
  });

  it('tells listeners of one address from those of all, in either family', () => {
    const row = (n: number, local: string, state: string) => `   ${n}: ${local} 00000000:0000 ${state} 0:0\n`;
    const text = row(0, '0B00007F:A001', '0A') + row(1, '00000000:A002', '0A') + row(2, '0B00007F:A003', '01');
    const both = row(3, '0B00007F:A004', '0A') + row(4, `${'0'.repeat(32)}:A004`, '0A');
    expect(portsOfOneAddress(text + both)).toEqual(new Set([0xa001]));
  });

  it('counts conntrack entries by state', () => {
    const text = [
      'tcp      6 117 TIME_WAIT src=198.18.0.2 dst=198.18.0.102 sport=40000 dport=8080 [ASSURED] mark=0 use=1',
      'tcp      6 431999 ESTABLISHED src=198.18.0.2 dst=198.18.0.102 sport=40002 dport=8080 mark=0 use=1',
      'udp      17 29 src=198.18.0.2 dst=198.18.0.102 sport=5 dport=53 mark=0 use=1',
      'tcp      6 116 TIME_WAIT src=198.18.0.2 dst=198.18.0.102 sport=40004 dport=8080 [ASSURED] mark=0 use=1',
    ].join('\n');
    expect(parseConntrackStates(text)).toEqual({ TIME_WAIT: 2, ESTABLISHED: 1 });
  });
});
