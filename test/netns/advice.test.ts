import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { badness } from '../../harness/analysis/compare/compared-metrics.ts';
import { probeComponents } from '../../harness/components/probe-components.ts';
import { readNumber } from '../../harness/model/metrics.ts';
import { adviceKinds, isMeasured, type MeasuredCell, type Recommendation } from '../../harness/model/report.ts';
import { Scenario } from '../../harness/model/scenario.ts';
import { missingComponents } from '../../harness/plan/requirements.ts';
import { mergeDeep } from '../../harness/plan/variant.ts';
import { scenarioNamed } from '../../scenarios/registry.ts';
import { requireOrSkip } from '../require.ts';
import { runScenario } from '../run-scenario.ts';
import { realStacks } from './stack.ts';

/*
 * One case of each kind of advice on the real kernel: a workload gets it, follows it, and runs again. What was advised
 * must not make its verdict worse. The same over every profile and scenario, on a kernel in memory: test/pipeline/advice.test.ts.
 */

type Kind = (typeof adviceKinds)[number];

const runtime = realStacks();
const tried = new Set<Kind>();

const mutated = (name: string, changes: object) => Scenario.parse(mergeDeep(scenarioNamed(name), changes));

async function run(scenario: Scenario, profileNames: string[]) {
  const { report } = await runScenario(runtime, { ...scenario, expectations: [] }, { profileNames, parallel: 2 });
  const cells = report.cells.filter(isMeasured);
  expect(cells).toHaveLength(report.cells.length);
  expect(cells.filter((cell) => cell.verdict === 'invalid').map((cell) => cell.reason)).toEqual([]);
  return { cells, advice: report.recommendations };
}

/** The advice of this kind, and the first of the cells that it is for. */
function given(kind: Kind, of: Awaited<ReturnType<typeof run>>): { advice: Recommendation; cell: MeasuredCell } {
  const advice = of.advice.find((one) => one.kind === kind);
  if (advice === undefined) throw new Error(`no advice '${kind}' among ${JSON.stringify(of.advice)}`);
  const { profile, variant } = advice.cells ?? {};
  const cell = of.cells.find((one) => one.profile === profile && one.variant === variant);
  if (cell === undefined) throw new Error(`'${advice.action}' is for no cell of the run`);
  tried.add(kind);
  return { advice, cell };
}

/**
 * The scenario with the advised settings in its peers; `scaled`: values that the quick form has in place of real ones.
 */
function withSettings(scenario: Scenario, { settings = {} }: Recommendation): Scenario {
  const peers = Object.fromEntries(Object.entries(settings).map(([role, sysctls]) => [role, { sysctls }]));
  return Scenario.parse(mergeDeep(scenario, { peers }));
}

/** That the workload, changed as advised, has no worse verdict; returns the verdict. */
async function follow(before: MeasuredCell, scenario: Scenario, profile = 'baseline'): Promise<string> {
  const { cells } = await run(scenario, [profile]);
  expect(cells).toHaveLength(1);
  expect(badness(cells)).toBeLessThanOrEqual(badness([before]));
  return cells[0]?.verdict ?? '';
}

/** 1,000 ports at 500/s: exhausted after 2 s. */
const short = { quick: { load: { durationMs: 3000 } } };
const shortConn = mutated('short-conn', short);

describe('advice, followed on the real kernel', () => {
  it('reuse-connections: keep-alive', async () => {
    const { cell } = given('reuse-connections', await run(shortConn, ['tw-reuse-0']));
    const arrival = { loop: 'closed', concurrency: 8 };
    const changes = { load: { requestsPerConnection: 0 }, quick: { load: { arrival, durationMs: 3000 } } };
    const kept = mutated('short-conn', changes);
    expect(await follow(cell, kept)).toBe('healthy');
  });

  it('set: reuse', async () => {
    const { advice, cell } = given('set', await run(shortConn, ['tw-reuse-0', 'tw-reuse-1']));
    expect(advice.settings).toEqual({ client: { 'net.ipv4.tcp_tw_reuse': '1' } });
    expect(await follow(cell, withSettings(shortConn, advice))).toBe('healthy');
  });

  it('put-off: a wider range', async () => {
    const { advice, cell } = given('put-off', await run(scenarioNamed('short-conn'), ['tw-reuse-0', 'wide-range']));
    expect(advice.settings).toEqual({ client: { 'net.ipv4.ip_local_port_range': '1024 65535' } });
    expect(await follow(cell, withSettings(scenarioNamed('short-conn'), advice))).toBe('exhausted');
  });

  it('enable-timestamps', async () => {
    const off = mutated('timestamps-off', {
      variants: null,
      peers: { server: { sysctls: { 'net.ipv4.tcp_timestamps': '0' } } },
    });
    const { advice, cell } = given('enable-timestamps', await run(off, ['tw-reuse-1']));
    expect(await follow(cell, withSettings(off, advice), 'tw-reuse-1')).toBe('healthy');
  });

  it('close-at-other-end', async () => {
    const variants = { client: {}, server: { load: { closePolicy: 'server-fin' } } };
    const { cell } = given(
      'close-at-other-end',
      await run(mutated('short-conn', { ...short, variants }), ['tw-reuse-0']),
    );
    expect(cell.variant).toBe('client');
    expect(
      await follow(cell, mutated('short-conn', { ...short, variants: { server: variants.server } }), 'tw-reuse-0'),
    ).toBe('healthy');
  });

  it('more-four-tuples', async () => {
    const { one, 'ports-4': ports } = scenarioNamed('more-destinations').variants ?? {};
    const both = { ...scenarioNamed('more-destinations'), variants: { one: one ?? {}, 'ports-4': ports ?? {} } };
    const { cell } = given('more-four-tuples', await run(both, ['narrow-range']));
    const more = { ...both, variants: { 'ports-4': ports ?? {} } };
    await follow(cell, more, 'narrow-range');
  });

  it('close-connections', async () => {
    const quick = { load: { observeMs: 1000 } };
    const leak = mutated('close-wait', { quick, variants: { busy: null } });
    const { cell } = given('close-connections', await run(leak, ['baseline']));
    expect(await follow(cell, mutated('close-wait', { quick, variants: null }))).toBe('healthy');
  });

  it('leave: fin_timeout', async () => {
    const { advice, cell } = given('leave', await run(shortConn, ['tw-reuse-0', 'fin-timeout-10']));
    expect(advice.action).toBe('Leave net.ipv4.tcp_fin_timeout alone: 10 had no effect here');
    expect(await follow(cell, shortConn, 'tw-reuse-0')).toBe('exhausted');
  });
});

/** Skips the cases of a kind whose scenario lacks a component here. */
function needs(scenario: Scenario, kind: Kind): void {
  beforeEach((context) => {
    const missing = missingComponents(scenario, probeComponents());
    if (missing !== null) tried.add(kind);
    requireOrSkip('components', missing === null ? null : `${missing.reason}; ${missing.hint}`, context);
  });
}

describe('bind-without-port', () => {
  const bind = scenarioNamed('bind-before-connect');
  const only = (variant: string) => ({ ...bind, variants: { [variant]: bind.variants?.[variant] ?? {} } });
  needs(bind, 'bind-without-port');

  it('bind-without-port', async () => {
    const { cell } = given('bind-without-port', await run(only('bind-4'), ['tw-reuse-0']));
    expect(cell.load.connected).toBe(1000);
    const { cells } = await run(only('no-port-4'), ['tw-reuse-0']);
    expect(badness(cells)).toBeLessThanOrEqual(badness([cell]));
    expect(cells[0]?.load.connected).toBe(4000);
  });
});

describe('reserve-ports', () => {
  const listener = scenarioNamed('listener-in-range');
  const held = { ...listener, variants: { held: listener.variants?.held ?? {} } };
  needs(listener, 'reserve-ports');

  it('reserve-ports', async () => {
    const { cell } = given('reserve-ports', await run(held, ['tw-reuse-0']));
    expect(readNumber(cell, 'client.gauges.restart.eaddrinuse.last')).toBeGreaterThan(0);
    const { cells } = await run(held, ['reserved-ports']);
    expect(badness(cells)).toBeLessThanOrEqual(badness([cell]));
    expect(cells[0] && readNumber(cells[0], 'client.gauges.restart.eaddrinuse.last')).toBe(0);
  });
});

describe('raise-idle-limit', () => {
  const pool = scenarioNamed('mysql-pool');
  needs(pool, 'raise-idle-limit');

  it('raise-idle-limit', async () => {
    const { cell } = given('raise-idle-limit', await run(pool, ['baseline']));
    expect(cell.variant).toBe('idle-10');
    const raised = { ...pool, variants: { 'idle-50': pool.variants?.['idle-50'] ?? {} } };
    expect(await follow(cell, raised)).toBe('healthy');
  });
});

// A new kind of advice needs a case here.
afterAll(() => {
  if (tried.size > 0) expect([...tried].sort()).toEqual([...adviceKinds].sort());
});
