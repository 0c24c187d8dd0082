import { expect, it } from 'vitest';
import { parse, stringify } from 'yaml';
import { profiles } from '../../../scenarios/profiles.ts';
import { sampleInput, sampleObservation } from '../../../test/samples/observation.ts';
import { Scenario } from '../../model/scenario.ts';
import { plan } from '../../plan/plan.ts';
import { parseSysctlConf } from '../../plan/sysctl-conf.ts';
import { makeObservation } from './make-observation.ts';
import { rehearsalOf } from './rehearsal.ts';

it('saves a load that the scenario schema accepts, with the observed figures beside the measured ones', () => {
  const observation = sampleObservation();
  const { scenario, conf } = rehearsalOf(observation) ?? { scenario: null, conf: '' };
  const read = Scenario.parse(parse(stringify(scenario)));
  expect(read.load).toMatchObject({ closePolicy: 'client-fin', arrival: { loop: 'open', ratePerSec: 40 } });
  expect(read.peers.server?.serves.map(({ ports }) => ports)).toEqual([[8000]]);
  expect(read.observed).toMatchObject({
    ...{ profiles: ['profile.conf', 'baseline'], verdict: 'exhausted', ratePerSec: 40, plateau: 1000 },
    closedFirst: { client: 1, server: 0 },
  });
  expect(parseSysctlConf(conf)).toMatchObject({
    problems: [],
    settings: expect.arrayContaining([
      expect.objectContaining({ key: 'net.ipv4.ip_local_port_range', value: '32768 33767' }),
      expect.objectContaining({ key: 'net.ipv4.tcp_tw_reuse', value: '0' }),
    ]),
  });
  expect(conf).not.toContain('198.18.');
  // Every profile starts from the settings as found.
  expect(read.peers.client?.sysctls).toMatchObject({ 'net.ipv4.ip_local_port_range': '32768 33767' });
});

it('a port for each destination as busy as the busiest, whose ports must run out as they did; quieter ones are named', () => {
  const observation = makeObservation(
    sampleInput({
      before: [],
      after: [
        { state: 6, count: 300, localPort: 32768, remotePort: 80, everyMs: 33 },
        { state: 6, count: 290, localPort: 32768, remotePort: 80, host: 3, everyMs: 34 },
        { state: 6, count: 200, localPort: 32768, remotePort: 80, host: 5, everyMs: 49 },
        { state: 6, count: 8, localPort: 33300, remotePort: 443, host: 4, everyMs: 1000 },
      ],
      counters: { 'Tcp.ActiveOpens': 798, 'TcpExt.TW': 798 },
    }),
  );
  const { scenario } = rehearsalOf(observation) ?? { scenario: null };
  expect(scenario?.peers.server?.serves?.[0]?.ports).toEqual([8000, 8001]);
  const { ratePerSec = 0, verdict } = scenario?.observed ?? {};
  expect([Math.round(ratePerSec), verdict]).toEqual([59, 'exhausted']);
  expect(scenario?.story).toMatch(/; 2 others with 2\d(\.\d)?\/s are left out\./);
});

it('saves the load that was asked for where no port is free any more', () => {
  // 1,000 ports used up 25 s ago, 5 ms apart; since then nothing was opened.
  const after = [{ state: 6, count: 1000, localPort: 32768, remotePort: 80, everyMs: 5, youngestMs: 25_000 }];
  const observation = makeObservation(sampleInput({ after }));
  const [one] = observation.destinations;
  expect(one).toMatchObject({ verdict: 'exhausted', demandPerSec: 200, withReuse: { exhaustedInMs: null } });
  expect(observation.headline).toContain('it wants at least 200/s');
  expect(observation.advice.map(({ action }) => action)).toContain(
    'Set net.ipv4.tcp_tw_reuse=1 here, the side that connects',
  );
  expect(rehearsalOf(observation)?.scenario.load).toMatchObject({ arrival: { loop: 'open', ratePerSec: 200 } });
});

it.each([
  ['127.0.0.1', '127.0.0.1', [['host', 'host']], 4],
  ['::1', '::1', [['host', 'host']], 6],
  ['198.18.0.1', '198.18.0.1', [{ between: ['host', 'host'], address: 'own' }], 4],
  ['198.18.0.1', '198.18.0.2', [['client', 'server']], 4],
  ['fd00::1', 'fd00::2', [['client', 'server']], 6],
] as const)('keeps %s → %s on one network namespace or two, as tcp_tw_reuse=2 requires', (source, address, links, family) => {
  const observation = sampleObservation();
  const destinations = observation.destinations.map((one) => ({ ...one, source, address }));
  const saved = rehearsalOf({ ...observation, destinations })?.scenario;
  const read = Scenario.parse(parse(stringify(saved)));
  expect(read.links).toEqual(links);
  expect(read.family).toBe(family);
  const client = source === address ? 'host' : 'client';
  expect([read.subject, read.load.from]).toEqual([client, client]);
  expect(read.peers[client]?.sysctls).toMatchObject({ 'net.ipv4.ip_local_port_range': '32768 33767' });
  expect(read.peers[read.load.to]?.serves).toHaveLength(1);
  const options = { profiles, repetitions: 1, form: 'full', overrides: { sysctls: {} }, settable: null } as const;
  expect(plan({ ...options, scenarios: [read] })).toMatchObject({ ok: true });
});

it('has nothing to save of a stack that opens no connections', () => {
  expect(rehearsalOf(makeObservation(sampleInput({ after: [] })))).toBeNull();
});
