import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { mibCounters } from '../model/mib-counters.ts';
import { MibReader, parseMib, sampledCounters } from './mib.ts';
import { occupancyOf } from './occupancy.ts';
import { portUseOf } from './port-use.ts';
import { listeningPorts, parseProcNetTcp, portsOfOneAddress } from './proc-net-tcp.ts';
import { socketsInUse } from './readings.ts';
import { SocketGroups } from './socket-groups.ts';
import { SocketRows } from './socket-rows.ts';
import { parseSockstat } from './sockstat.ts';
import { completeStates, parseSsStates } from './ss-states.ts';

/** test/fixtures/kernels/README.md says how each was made. */
const kernels = ['4.19', '5.10', '5.15', '6.1', '6.8', '6.12', '6.18'];
const captured = ['6.1', '6.12', '6.18'];
const url = (name: string, kernel: string) =>
  new URL(`../../test/fixtures/kernels/${name}-${kernel}.txt`, import.meta.url);
const fixture = (name: string, kernel: string) => readFileSync(url(name, kernel), 'utf8');

describe.each(kernels)('files of Linux %s', (kernel) => {
  const snmp = fixture('proc-net-snmp', kernel);
  const netstat = fixture('proc-net-netstat', kernel);

  it('have every counter of a sample, each with its own value', () => {
    const all = { ...parseMib(snmp), ...parseMib(netstat) };
    for (const name of sampledCounters) expect(all, name).toHaveProperty([name]);
    expect(all).toMatchObject({
      ...{ 'Tcp.ActiveOpens': 12, 'Tcp.PassiveOpens': 12, 'Tcp.CurrEstab': 8, 'Tcp.OutRsts': 0 },
      ...{ 'TcpExt.TW': 9, 'TcpExt.TWKilled': 0, 'TcpExt.TWRecycled': 0, 'TcpExt.TCPTimeWaitOverflow': 0 },
    });
    const reader = new MibReader(sampledCounters);
    for (const text of [snmp, netstat, snmp]) expect(reader.read(text)).toEqual(parseMib(text, sampledCounters));
  });

  it('have counters that the lab knows by name', () => {
    const names = Object.keys({ ...parseMib(snmp), ...parseMib(netstat) });
    // Named by a kernel between the two, and gone again.
    const unknown = names.filter((name) => !mibCounters.has(name) && name !== 'MPTcpExt.RcvPruned');
    expect(unknown).toEqual([]);
  });

  it('have the number of sockets', () => {
    const sockstat = fixture('proc-net-sockstat', kernel);
    expect(parseSockstat(sockstat)).toEqual({ inUse: 10, tw: 9 });
    expect(socketsInUse({ sockstat, sockstat6: '' })).toBe(10);
    if (existsSync(url('proc-net-sockstat6', kernel))) {
      expect(socketsInUse({ sockstat, sockstat6: fixture('proc-net-sockstat6', kernel) })).toBe(10);
    }
  });
});

describe.each(captured)('socket tables of Linux %s', (kernel) => {
  const table = fixture('proc-net-tcp', kernel);

  it('are read alike by every parser', () => {
    const rows = parseProcNetTcp(table);
    expect(rows).toHaveLength(19);
    expect(listeningPorts(table)).toEqual(new Set([8080, 8081]));
    expect(portsOfOneAddress(table)).toEqual(new Set([8080, 8081]));
    const opened = occupancyOf([table]).filter(({ way }) => way === 'opened');
    expect(opened.map(({ port, states }) => [port, states])).toEqual(
      expect.arrayContaining([
        [8080, { TIME_WAIT: 7, ESTABLISHED: 3 }],
        [8081, { FIN_WAIT2: 2 }],
      ]),
    );
    expect(portUseOf([table], {}).sources).toEqual([{ source: '127.0.0.1', used: 12 }]);
    const groups = new SocketGroups({ low: 32768, high: 60999 });
    const buffer = Buffer.from(table);
    expect(new SocketRows((row) => groups.add(row)).take(buffer, buffer.length)).toBe(buffer.length);
    expect([groups.rows, groups.timeWaits, groups.listeners.length]).toEqual([19, 9, 2]);
  });

  it('are what ss prints', () => {
    const counts = parseSsStates(fixture('ss-Htano-exclude-time-wait', kernel));
    expect(counts).toEqual({
      states: { LISTEN: 2, FIN_WAIT2: 2, ESTABLISHED: 6, CLOSE_WAIT: 2 },
      smallFinWait2: 2,
    });
    expect(completeStates(counts, 9).TIME_WAIT).toBe(7);
  });
});

describe('a counter that a kernel lacks', () => {
  const netstat = fixture('proc-net-netstat', '6.1');
  const without = (name: string) => {
    const lines = netstat.split('\n').map((line) => line.split(' '));
    const column = lines[0]?.indexOf(name) ?? -1;
    return lines.map((words, at) => words.filter((_, i) => at > 1 || i !== column).join(' ')).join('\n');
  };

  it.each(['TW', 'TWKilled', 'TWRecycled', 'TCPTimeWaitOverflow'])('%s is absent, and shifts no other', (name) => {
    const text = without(name);
    const { [`TcpExt.${name}`]: gone, ...rest } = parseMib(netstat, sampledCounters);
    expect(gone).toBeDefined();
    expect(parseMib(text, sampledCounters)).toEqual(rest);
    expect(new MibReader(sampledCounters).read(text)).toEqual(rest);
  });

  it('is absent where its value is missing or no number', () => {
    const reader = new MibReader(sampledCounters);
    const text = 'TcpExt: TWKilled TW TWRecycled\n';
    expect(reader.read(`${text}TcpExt: 3\n`)).toEqual({ 'TcpExt.TWKilled': 3 });
    expect(reader.read(`${text}TcpExt: 3 x 5\n`)).toEqual({ 'TcpExt.TWKilled': 3, 'TcpExt.TWRecycled': 5 });
  });
});

it("reads Tcp's own lines after an ICMP message has moved them", () => {
  const reader = new MibReader(sampledCounters);
  const moved = fixture('proc-net-snmp-after-icmp', '6.1');
  expect(moved.split('\n').findIndex((line) => line.startsWith('Tcp:'))).toBe(6);
  for (const text of [fixture('proc-net-snmp', '6.1'), moved, moved, fixture('proc-net-snmp', '6.1')]) {
    expect(reader.read(text)).toEqual(parseMib(text, sampledCounters));
  }
});

it('reads no row of a socket table that is cut in its middle, and ends', () => {
  const [header = '', row = ''] = fixture('proc-net-tcp', '6.1').split('\n');
  for (let length = 0; length < row.trimEnd().length; length++) {
    const rows: object[] = [];
    // Nothing follows it in the buffer, as at the end of a file.
    const buffer = Buffer.from(`${header}\n${row.slice(0, length)}\n`);
    new SocketRows((one) => rows.push({ ...one })).take(buffer, buffer.length);
    const numbers = rows.flatMap((one) => Object.values(one)).filter((one) => typeof one === 'number');
    expect(numbers.every(Number.isFinite), `${length}`).toBe(true);
  }
});
