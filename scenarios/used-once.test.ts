import { expect, it } from 'vitest';
import { evaluateExpression } from '../harness/expression/evaluate.ts';
import { parseExpression } from '../harness/expression/expression.ts';
import { sampleCell, samplePeer, sampleServer } from '../test/samples/report.ts';
import { scenarioNamed } from './registry.ts';

/** A cell that used up 1,000 four-tuples, with these numbers of TIME_WAITs created and RSTs sent by the server. */
function cell(created: number, live: number, resets: number) {
  const { counters } = sampleServer();
  const client = samplePeer({ timeWait: { ...samplePeer().timeWait, created, live } });
  return sampleCell({
    load: { ...sampleCell().load, connected: created },
    peers: { client, server: sampleServer({ counters: { ...counters, 'Tcp.OutRsts': resets } }) },
  });
}

/** The expectation whose text contains `text`. */
function holds(scenario: string, text: string) {
  const one = scenarioNamed(scenario).expectations.find((candidate) => candidate.text.includes(text));
  const parsed = parseExpression(one?.holds ?? '');
  if (!parsed.ok) throw new Error(parsed.message);
  return (...figures: Parameters<typeof cell>) => evaluateExpression(parsed.expression, cell(...figures)).holds;
}

it.each([
  ['more-destinations', 'each four-tuple is used once'],
  ['redis-ping', 'every port was used once'],
])('%s: %s, except those whose TIME_WAIT a RST ended', (scenario, text) => {
  const expectation = holds(scenario, text);
  expect(expectation(1000, 1000, 0)).toBe(true);
  expect(expectation(1004, 1000, 4)).toBe(true);
  // Four more than the RSTs explain, and one fewer than there are four-tuples.
  expect(expectation(1004, 1000, 3)).toBe(false);
  expect(expectation(999, 999, 0)).toBe(false);
});

it('half-measures: a TIME_WAIT that ended without a RST is not explained', () => {
  const expectation = holds('half-measures', 'no TIME_WAIT has ended');
  expect(expectation(1000, 1000, 0)).toBe(true);
  expect(expectation(1000, 997, 3)).toBe(true);
  expect(expectation(1000, 996, 3)).toBe(false);
});
