import { PassThrough } from 'node:stream';
import { setImmediate as nextTurn } from 'node:timers/promises';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { parseLine } from '../../../harness/load/autocannon/lines.ts';
import { parseClientLine } from '../../../harness/load/program/lines.ts';
import { parseTraceLine } from '../../../harness/load/program/trace-line.ts';
import { parseSummary } from '../../../harness/load/wrk/report-script.ts';
import { AgentEvent, AgentReply, requests } from '../../../harness/model/protocol.ts';
import { LineSplitter, Tail } from '../../../harness/program/lines.ts';
import { AgentClient } from '../../../harness/run/agent-client.ts';
import { check, mutated, mutations, printSeed, read, text, timeout } from './cases.ts';

printSeed();

const parsers = [parseClientLine, parseLine, parseSummary, parseTraceLine];
const journal = read('test', 'fixtures', 'journal-v1.ndjson').trimEnd().split('\n');

it('what a program prints', { timeout }, async () => {
  const lines = [
    '{"type":"interval","attempts":3,"completed":2,"inFlight":1,"failures":[{"errno":"ECONNREFUSED","phase":"connect","count":1}]}',
    '{"type":"gauge","values":{"pool.open":3}}',
    '{"type":"end","version":"1","requestLatencyUs":{"count":1,"mean":1,"p50":1,"p90":1,"p99":1,"p999":1,"max":1}}',
  ];
  await check(fc.tuple(fc.nat(2), mutations), ([at, changes]) => {
    const line = mutated(lines[at] as string, changes);
    return parsers.map((parse) => parse(line));
  });
  const broken = fc.oneof(
    text,
    text.map((one) => `{${one}`),
  );
  await check(broken, (line) => parsers.map((parse) => parse(line)));
  await check(fc.array(fc.oneof(text, fc.constantFrom('\n', '\r\n', '')), { maxLength: 20 }), (parts) => {
    const tail = new Tail();
    const splitter = new LineSplitter((line) => tail.add(line));
    for (const part of parts) splitter.push(part);
    splitter.end();
    expect(tail.last(1000).join('').length).toBeLessThan(10_000);
  });
});

it('messages of agents', { timeout }, async () => {
  const reply = JSON.stringify({ id: 1, ok: true, answer: { counters: {}, tw: 1, states: null, smallFinWait2: 0 } });
  await check(fc.tuple(fc.nat(journal.length), mutations), ([at, changes]) => {
    const message: unknown = JSON.parse(mutated(journal[at] ?? reply, changes));
    AgentEvent.safeParse(message);
    const answer = AgentReply.safeParse(message);
    const value = answer.success && answer.data.ok ? answer.data.answer : message;
    for (const kind of Object.values(requests)) kind.answer.safeParse(value);
  });
});

it("an agent's output, message or not, which never ends the runner", { timeout }, async () => {
  const hello = '{"type":"hello","namespace":"net:[1]"}';
  const line = fc.oneof(
    text.map((one) => one.replaceAll('\n', ' ')),
    fc.tuple(fc.nat(journal.length), mutations).map(([at, changes]) => mutated(journal[at] ?? hello, changes)),
    fc.constantFrom('5', 'null', '[]', '{"id":1}', '{"id":-1,"ok":true}', '{"id":"__proto__","ok":false}', hello),
  );
  await check(fc.array(line, { maxLength: 10 }), async (lines) => {
    const [input, output] = [new PassThrough(), new PassThrough()];
    const peer = { role: 'client', input, output, pid: null, inspect: '', ended: new Promise<string>(() => {}) };
    const agent = new AgentClient(peer, { onMeasured: () => {} });
    for (const one of lines) output.write(`${one}\n`);
    output.end();
    for (let turn = 0; turn < 5; turn++) await nextTurn();
    agent.expectEnd();
    expect(agent.stray?.first.length ?? 0).toBeLessThan(1000);
  });
});
