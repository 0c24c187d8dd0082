import { describe, expect, it } from 'vitest';
import type { MeasuredCell } from '../../harness/model/report.ts';
import type { Scenario } from '../../harness/model/scenario.ts';
import { scenarioNamed } from '../../scenarios/registry.ts';
import { ranOutByOutput, type Tool } from '../programs/tool-output.ts';
import { broken, measuredIn, mutated, needs, variantOf } from './mutants.ts';
import { realStacks } from './stack.ts';

const measured = measuredIn(realStacks());

describe('client-libraries: a client for all calls swapped with one for each', () => {
  const { variants = {} } = scenarioNamed('client-libraries');
  const [oneForAll, oneForEach] = ['one connection answers all calls', 'a connection for each call'];

  describe.each([
    ['python-session', 'python-get', 'healthy', 'exhausted', oneForAll],
    ['python-get', 'python-session', 'exhausted', 'healthy', oneForEach],
    ['node-default-agent', 'node-unread-body', 'healthy', 'exhausted', oneForAll],
    ['php-pconnect', 'php-connect', 'healthy', 'exhausted', oneForAll],
    ['undici-reset', 'node-fetch', 'healthy', 'healthy', '200 calls are 200 connections'],
  ])('%s', (variant, other, verdict, mutantVerdict, text) => {
    const { requires } = variants[variant] as Pick<Scenario, 'requires'>;
    needs({ ...scenarioNamed('client-libraries'), requires });

    it(`with the client of ${other}: '${text}' fails`, async () => {
      const original = await measured(variantOf('client-libraries', variant), 'baseline');
      expect([original.verdict, original.ledger.closes, broken(original)]).toEqual([verdict, true, []]);
      const changes = { load: variants[other]?.load };
      const mutant = await measured(variantOf('client-libraries', variant, changes), 'baseline');
      expect([mutant.verdict, mutant.ledger.closes]).toEqual([mutantVerdict, true]);
      expect(broken(mutant)).toContainEqual(expect.stringContaining(text));
    });
  });
});

describe.each<Tool>(['ab', 'hey', 'siege', 'wrk', 'redis-benchmark'])('load-generators: %s', (tool) => {
  const { variants = {} } = scenarioNamed('load-generators');
  const { requires } = variants[tool] as Pick<Scenario, 'requires'>;
  needs({ ...scenarioNamed('load-generators'), requires });

  it("agrees with the tool's own output, and with ports for all its connections the ports no longer run out", async () => {
    const original = await measured(variantOf('load-generators', tool), 'baseline');
    expect([original.verdict, original.ledger.closes, broken(original)]).toEqual(['exhausted', true, []]);
    expect(outputSays(tool, original)).toBe(true);
    const peers = { client: { sysctls: { 'net.ipv4.ip_local_port_range': '10000 59999' } } };
    const mutant = await measured(variantOf('load-generators', tool, { peers }), 'baseline');
    expect([mutant.exhaustion?.ranOut, mutant.ledger.closes]).toEqual([false, true]);
    expect(outputSays(tool, mutant)).not.toBe(true);
    expect(broken(mutant)).toContain('the ports run out');
  });
});

describe('the idle time-out of the server turned off', () => {
  needs(scenarioNamed('client-close-wait'));
  const never = { peers: { server: { serves: [{ server: 'node-http' }] } } };

  it.each([
    ['keep-alive-race', 'equal', 'with the same time requests are reset on used connections', 'healthy'],
    ['keep-alive-race', 'longer-blind', 'a client that does not look fails', 'healthy'],
    ['client-close-wait', 'never', 'never used again: every connection leaks', 'leaking'],
    ['client-close-wait', 'checked', 'looks before use: CLOSE_WAIT in between', 'healthy'],
  ])('%s/%s: no connection ends, and "%s" fails', async (name, variant, text, verdict) => {
    const original = await measured(variantOf(name, variant), 'baseline');
    expect([original.verdict, original.ledger.closes, broken(original)]).toEqual([verdict, true, []]);
    const mutant = await measured(variantOf(name, variant, never), 'baseline');
    expect([mutant.verdict, mutant.ledger.closes]).toEqual(['healthy', true]);
    expect(mutant.peers.client?.states.CLOSE_WAIT?.peak ?? 0).toBe(0);
    expect(broken(mutant)).toEqual([expect.stringContaining(text)]);
  });
});

describe('cliff', () => {
  it('where the server closes first no port is held, and connect() never searches', async () => {
    const text = 'without reuse connect() takes at least three times as long past half of the ports';
    const original = await measured(scenarioNamed('cliff'), 'tw-reuse-0');
    expect([original.ledger.closes, broken(original)]).toEqual([true, []]);
    const mutant = await measured(mutated('cliff', { load: { closePolicy: 'server-fin' } }), 'tw-reuse-0');
    expect([mutant.verdict, mutant.ledger.closes]).toEqual(['healthy', true]);
    expect(broken(mutant)).toContain(text);
  });
});

/** Whether ports ran out by what the tool printed. */
function outputSays(tool: Tool, { programs = [] }: MeasuredCell): boolean | null {
  return ranOutByOutput(tool, programs.flatMap(({ messages, lastLines }) => [...messages, ...lastLines]).join('\n'));
}
