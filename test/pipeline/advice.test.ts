import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { recommend } from '../../harness/analysis/advice/recommend.ts';
import { badness } from '../../harness/analysis/compare/compared-metrics.ts';
import type { CellPlan } from '../../harness/model/cell.ts';
import type { MeasuredCell, Recommendation } from '../../harness/model/report.ts';
import type { Profile, Scenario } from '../../harness/model/scenario.ts';
import { parsePortRange } from '../../harness/model/sysctls.ts';
import type { Form, Sysctls } from '../../harness/model/vocabulary.ts';
import { plan } from '../../harness/plan/plan.ts';
import { profiles } from '../../scenarios/profiles.ts';
import { scenarioNamed, scenarios } from '../../scenarios/registry.ts';
import { modelCell } from '../samples/kernel-model.ts';

/*
 * Advised settings are applied to production hosts. Here every pair of profiles of every scenario, and thousands of
 * random settings run on a kernel in memory; the advice is then applied and must not make it worse. test/netns/advice.test.ts does the same with one case of each kind on the real kernel.
 */

const known = profiles.filter(({ name }) => name !== 'tw-recycle');

function plans(scenario: Scenario, form: Form, list: readonly Profile[]): CellPlan[] {
  const names = list.map(({ name }) => name);
  // A variant's own choice of profiles, and what is expected of the scenario's, are not the point.
  const variants = Object.entries(scenario.variants ?? {}).map(([name, { profiles: _, ...rest }]) => [name, rest]);
  const bare = { ...scenario, profiles: names, expectations: [], variants: Object.fromEntries(variants) };
  const input = { scenarios: [bare], profiles: list, form };
  const planned = plan({ ...input, repetitions: 1, overrides: { sysctls: {} }, settable: null });
  if (!planned.ok) throw new Error(JSON.stringify(planned.issues));
  return planned.cells;
}

/** The profile of the cells that the advice is for, with the advised settings on top. */
function applied(advice: Recommendation, cell: CellPlan, profile: Profile): Profile {
  const sysctls: Record<string, Sysctls> = {};
  for (const peer of cell.peers) {
    const own = { ...profile.sysctls.all, ...profile.sysctls[peer.kind], ...advice.settings?.[peer.role] };
    sysctls[peer.kind] = { ...sysctls[peer.kind], ...own };
  }
  return { ...profile, name: 'as-advised', sysctls };
}

/** Everything that is wrong with the advice about these cells. */
function faults(
  scenario: Scenario,
  form: Form,
  list: readonly Profile[],
  cells: readonly [CellPlan, MeasuredCell][],
): string[] {
  return recommend(cells.map(([, cell]) => cell)).flatMap((advice) => {
    const wrong: string[] = [];
    const { kind, action, because, settings = {} } = advice;
    const say = (what: string) => wrong.push(`${form} ${cells.map(([c]) => c.id).join(' + ')}: '${action}' ${what}`);
    if (kind === undefined) say('has no kind');
    if (!/\d/.test(because)) say('has no figure');
    for (const values of Object.values(settings)) {
      if (values['net.ipv4.tcp_tw_reuse'] !== undefined && values['net.ipv4.tcp_tw_reuse'] !== '1')
        say('turns reuse off');
      if ('net.ipv4.tcp_fin_timeout' in values) say('sets what has no effect');
      const range = parsePortRange(values['net.ipv4.ip_local_port_range'] ?? '1024 65535');
      if (range === null || range.high - range.low + 1 < 28_232) say('narrows the port range');
    }
    const changes = Object.keys(settings).length > 0;
    if (kind === 'set' && !changes) say('sets nothing');
    const of = cells.find(([c]) => c.profile === advice.cells?.profile && c.variant === advice.cells?.variant);
    const profile = list.find(({ name }) => name === advice.cells?.profile);
    if (of === undefined || profile === undefined) say('is for no cell of the run');
    else if (changes) {
      const [plan, before] = of;
      const after = plans(scenario, form, [applied(advice, plan, profile)])
        .filter((c) => c.variant === plan.variant)
        .map(modelCell);
      if (after.length !== 1) say('cannot be applied');
      if (badness(after) > badness([before])) say(`makes ${before.verdict} into ${after[0]?.verdict}`);
      if (kind === 'set' && after[0]?.verdict !== 'healthy') say(`fixes nothing: ${after[0]?.verdict}`);
    }
    return wrong;
  });
}

describe('the kernel in memory', () => {
  it('has the verdicts of the real one', () => {
    const verdict = (name: string, form: Form = 'quick') =>
      Object.fromEntries(
        plans(
          scenarioNamed(name),
          form,
          known.filter((p) => scenarioNamed(name).profiles.includes(p.name)),
        ).map((c) => [[...(c.variant === undefined ? [] : [c.variant]), c.profile].join(' '), modelCell(c).verdict]),
      );
    expect(verdict('short-conn')).toEqual({
      'tw-reuse-0': 'exhausted',
      'tw-reuse-1': 'healthy',
      'wide-range': 'exhausted',
      'wide-range+tw-reuse': 'healthy',
    });
    expect(verdict('short-conn', 'full')).toMatchObject({ 'tw-reuse-0': 'exhausted', 'wide-range': 'degraded' });
    expect(verdict('server-close')).toEqual({ 'tw-reuse-0': 'healthy', 'tw-reuse-1': 'healthy' });
    expect(verdict('tw-buckets')).toEqual({ 'tw-reuse-0': 'exhausted', 'small-buckets': 'overflow' });
    expect(verdict('half-measures')['fin-timeout-10']).toBe('exhausted');
    expect(verdict('close-wait')).toMatchObject({ 'leak baseline': 'leaking', 'busy baseline': 'healthy' });
    expect(verdict('lb-chain')).toEqual({
      'a-lb-closes lb-tw-reuse-0': 'exhausted',
      'a-lb-closes lb-tw-reuse-1': 'healthy',
      'b-web-closes lb-tw-reuse-0': 'healthy',
      'b-web-closes lb-tw-reuse-1': 'healthy',
      'c-keepalive lb-tw-reuse-0': 'healthy',
      'c-keepalive lb-tw-reuse-1': 'healthy',
    });
    expect(verdict('timestamps-off')).toMatchObject({
      'both-on tw-reuse-1': 'healthy',
      'server-off tw-reuse-1': 'exhausted',
    });
  });
});

describe.each(['quick', 'full'] as const)('what is advised, %s form', (form) => {
  const actions = (name: string, names = scenarioNamed(name).profiles) => {
    const list = known.filter((profile) => names.includes(profile.name));
    const cells = plans(scenarioNamed(name), form, list);
    return recommend(cells.map(modelCell)).map(({ action }) => action);
  };

  it('short-conn: at real size, reuse alone where it is enough, most useful first', () => {
    expect(actions('short-conn')).toEqual([
      'Reuse connections (keep-alive, a pool)',
      'Set net.ipv4.tcp_tw_reuse=1 on client',
      'Set net.ipv4.ip_local_port_range=1024 65535 on client',
    ]);
  });

  it('lb-chain: at the load balancer, which runs out of ports, with the variants that help', () => {
    expect(actions('lb-chain')).toEqual([
      'Reuse connections at lb (keep-alive, a pool)',
      'Set net.ipv4.tcp_tw_reuse=1 on lb',
      'Let the side that lb connects to close first',
    ]);
  });

  it('server-close: nothing, because nothing runs out at the server', () => {
    expect(actions('server-close')).toEqual([]);
  });

  it('half-measures and tw-buckets: no setting that does not help', () => {
    expect(actions('half-measures')).toEqual([
      'Reuse connections (keep-alive, a pool)',
      'Leave net.ipv4.tcp_fin_timeout alone: 10 had no effect here',
      'Leave net.netfilter.nf_conntrack_tcp_timeout_time_wait alone: 2 had no effect here',
    ]);
    expect(actions('tw-buckets')).toEqual(['Reuse connections (keep-alive, a pool)']);
  });

  it('timestamps-off: timestamps, where they are off', () => {
    expect(actions('timestamps-off')).toEqual([
      'Set net.ipv4.tcp_timestamps=1 on client',
      'Set net.ipv4.tcp_timestamps=1 on server',
      'Set net.ipv4.tcp_timestamps=1 on client, server',
      'Reuse connections (keep-alive, a pool)',
    ]);
  });

  it('nothing that turns reuse off, whatever else the other profile does', () => {
    expect(actions('half-measures', ['tw-reuse-1', 'wide-range'])).toEqual([]);
    const off = actions('timestamps-off', ['tw-reuse-1', 'wide-range', 'fin-timeout-10']);
    expect(off.filter((action) => action.includes('tcp_tw_reuse=0'))).toEqual([]);
  });
});

describe.each(['quick', 'full'] as const)('advice, %s form', (form) => {
  it.each(scenarios)('$name: no pair of profiles gets advice that makes a verdict worse', (scenario) => {
    const cells = plans(scenario, form, known).map((cell): [CellPlan, MeasuredCell] => [cell, modelCell(cell)]);
    const wrong: string[] = [];
    for (const first of known) {
      for (const second of known) {
        const both = [first, second].flatMap(({ name }) => cells.filter(([cell]) => cell.profile === name));
        if (first !== second) wrong.push(...faults(scenario, form, known, both));
      }
    }
    wrong.push(...faults(scenario, form, known, cells));
    expect(wrong).toEqual([]);
  });
});

describe('advice on random settings', () => {
  const one = (key: string, values: readonly string[]) =>
    fc.record({ [key]: fc.constantFrom(...values) }, { requiredKeys: [] });
  const sysctls = fc
    .tuple(
      one('net.ipv4.tcp_tw_reuse', ['0', '1', '2']),
      one('net.ipv4.tcp_tw_reuse_delay', ['1', '100', '1000', '60000']),
      one('net.ipv4.tcp_timestamps', ['0', '1']),
      one('net.ipv4.ip_local_port_range', ['1024 65535', '32768 33767', '10000 10099', '32768 60999', '1024 40000']),
      one('net.ipv4.ip_local_reserved_ports', ['', '32768-33267', '1024-65000']),
      one('net.ipv4.tcp_max_tw_buckets', ['10', '700', '131072', '1000000']),
      one('net.ipv4.tcp_fin_timeout', ['5', '60']),
    )
    .map((parts) => Object.assign({}, ...parts) as Sysctls);
  const profile = fc.record({ all: sysctls, client: sysctls, server: sysctls });

  it.each([
    'short-conn',
    'server-close',
    'more-destinations',
    'timestamps-off',
    'tw-buckets',
    'close-wait',
    'linger-rst',
  ])('%s', { timeout: 60_000 }, (name) => {
    const scenario = scenarioNamed(name);
    fc.assert(
      fc.property(fc.array(profile, { minLength: 2, maxLength: 4 }), fc.constantFrom('quick', 'full'), (sets, form) => {
        const list = sets.map((values, i) => ({ name: `p${i}`, title: '', sysctls: values }));
        const cells = plans(scenario, form, list).map((cell): [CellPlan, MeasuredCell] => [cell, modelCell(cell)]);
        expect(faults(scenario, form, list, cells)).toEqual([]);
      }),
      { numRuns: 40, seed: 1 },
    );
  });
});
