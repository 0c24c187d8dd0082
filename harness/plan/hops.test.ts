import { expect, test } from 'vitest';
import { Scenario } from '../model/scenario.ts';
import { hopsOf } from './hops.ts';
import { plan } from './plan.ts';

const profiles = [{ name: 'baseline', title: 'kernel defaults', sysctls: {} }];

function planned(peers: object, links: string[][], load: object = {}) {
  const scenario = Scenario.parse({
    name: 'chain',
    title: 't',
    story: 's',
    peers,
    links,
    load: { closePolicy: 'client-fin', arrival: { loop: 'closed', concurrency: 1 }, durationMs: 100, ...load },
    profiles: ['baseline'],
  });
  const result = plan({
    scenarios: [scenario],
    profiles,
    repetitions: 1,
    form: 'full',
    overrides: { sysctls: {} },
    settable: null,
  });
  if (!result.ok) throw new Error(JSON.stringify(result.issues));
  return hopsOf(result.cells[0] as (typeof result.cells)[number]);
}

test('a chain has a hop for each of its links; two web servers before one database are one opener', () => {
  const serves = (upstream: string[]) => [{ server: 'node-http', upstream }];
  const hops = planned(
    {
      client: {},
      lb: { serves: serves(['web']) },
      web: { count: 2, serves: serves(['db']) },
      db: { serves: serves([]) },
    },
    [
      ['client', 'lb'],
      ['lb', 'web'],
      ['web', 'db'],
    ],
    { to: 'lb' },
  );
  expect(hops).toEqual([
    { openers: ['client'], acceptors: ['lb'] },
    { openers: ['lb'], acceptors: ['web1', 'web2'] },
    { openers: ['web1', 'web2'], acceptors: ['db'] },
  ]);
});

test('a gateway that forwards packets is not an end of any hop', () => {
  const hops = planned(
    { client: { count: 2 }, gateway: { forwards: true }, server: { serves: [{ server: 'node-http' }] } },
    [
      ['gateway', 'server'],
      ['client', 'gateway'],
    ],
  );
  expect(hops).toEqual([{ openers: ['client1', 'client2'], acceptors: ['server'] }]);
});
