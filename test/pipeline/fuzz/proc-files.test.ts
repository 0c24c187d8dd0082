import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { parseConntrackStates } from '../../../harness/probe/conntrack.ts';
import { parsePressure, parseRunnable, parseStolenMs } from '../../../harness/probe/contention.ts';
import { DiagRows } from '../../../harness/probe/diag-rows.ts';
import { hasGlobalIpv6 } from '../../../harness/probe/if-inet6.ts';
import { MibReader, parseMib, sampledCounters } from '../../../harness/probe/mib.ts';
import { occupancyOf } from '../../../harness/probe/occupancy.ts';
import { addTraceLine, type PortMisses } from '../../../harness/probe/port-misses.ts';
import { portUseOf } from '../../../harness/probe/port-use.ts';
import { parseProcNetTcp, portsOfOneAddress } from '../../../harness/probe/proc-net-tcp.ts';
import { SocketGroups } from '../../../harness/probe/socket-groups.ts';
import { SocketRows } from '../../../harness/probe/socket-rows.ts';
import { parseSockstat, parseTcp6InUse } from '../../../harness/probe/sockstat.ts';
import { parseSsStates } from '../../../harness/probe/ss-states.ts';
import { check, printSeed, read, text, timeout } from './cases.ts';

printSeed();

const folder = join('test', 'fixtures', 'kernels');
const names = readdirSync(join(import.meta.dirname, '..', '..', 'fixtures', 'kernels'));
const files = names.filter((name) => /^(proc|ss)-/.test(name)).map((name) => read(folder, name));

/** A parser may refuse a file, by its name. */
function orRefused<T>(parse: () => T): T | null {
  try {
    return parse();
  } catch (error) {
    expect(String(error)).toMatch(/^Error: .*(\/proc\/|ss -D)/);
    return null;
  }
}

/** Every number that any of the parsers makes of it. */
function numbersIn(content: string): number[] {
  const groups = new SocketGroups({ low: 32768, high: 60999 }, [], true);
  const buffer = Buffer.from(`${content}\n`, 'latin1');
  const rows: Record<string, unknown>[] = [];
  const keep = (row: object) => rows.push({ ...row });
  new SocketRows((row) => {
    keep(row);
    groups.add(row);
  }).take(buffer, buffer.length);
  const sink = {
    add: keep,
    addTimeWait: (source: number, remote: number, localPort: number, remotePort: number, timerMs: number) =>
      keep({ source, remote, localPort, remotePort, timerMs }),
  };
  orRefused(() => new DiagRows(sink).take(buffer.subarray(0, buffer.length)));
  const misses: PortMisses = { failed: [], bound: 0, lost: 0 };
  for (const line of content.split('\n')) addTraceLine(misses, line);
  const reader = new MibReader(sampledCounters);
  const found: unknown[] = [
    ...[rows, misses, parseProcNetTcp(content), occupancyOf([content]), portUseOf([content, content], {})],
    ...[parseMib(content), reader.read(content), reader.read(content.slice(0, content.length / 2))],
    ...[orRefused(() => parseSockstat(content)), orRefused(() => parseTcp6InUse(content))],
    ...[parseSsStates(content), parseConntrackStates(content), [...portsOfOneAddress(content)]],
    ...[parsePressure(content), parseStolenMs(content), parseRunnable(content)],
    ...[groups.groups.map(({ states, inRange }) => [...states, inRange]), groups.rows, hasGlobalIpv6(content)],
  ];
  return numbersOf(found);
}

function numbersOf(value: unknown): number[] {
  if (typeof value === 'number') return [value];
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(numbersOf) : [];
}

it('files of /proc with missing, extra, huge and negative fields', { timeout }, async () => {
  const change = fc.tuple(
    fc.nat(),
    fc.constantFrom('drop', 'double', 'set', 'cut'),
    fc.constantFrom('-1', '99999999999999999999', '1e400', '', 'x', '0x', '__proto__', ':', '\n', 'FFFFFFFFF:'),
  );
  const changed = fc.tuple(fc.nat(files.length - 1), fc.array(change, { minLength: 1, maxLength: 5 }));
  await check(changed, ([at, changes]) => {
    let words = (files[at] as string).split(/(?<=\s)/);
    for (const [where, how, value] of changes) {
      const place = where % words.length;
      if (how === 'cut') words = words.slice(0, place + 1);
      else if (how === 'drop') words.splice(place, 1);
      else words.splice(place, 1, ...(how === 'double' ? [words[place] ?? '', words[place] ?? ''] : [value]));
      if (words.length === 0) words = [''];
    }
    expect(numbersIn(words.join('')).filter((one) => !Number.isFinite(one))).toEqual([]);
  });
});

it('any text in the place of a file of /proc', { timeout }, async () => {
  await check(text, (content) => {
    expect(numbersIn(content).filter((one) => !Number.isFinite(one))).toEqual([]);
  });
});
