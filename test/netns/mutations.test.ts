import { describe, expect, it } from 'vitest';
import { scenarioNamed } from '../../scenarios/registry.ts';
import { broken, measuredIn, mutated, needs, variantOf } from './mutants.ts';
import { realStacks } from './stack.ts';

const measured = measuredIn(realStacks());

describe('close policy swapped', () => {
  it('short-conn: if the server closes, the ports no longer run out', async () => {
    const original = await measured(scenarioNamed('short-conn'), 'tw-reuse-0');
    expect([original.verdict, broken(original)]).toEqual(['exhausted', []]);
    const mutant = await measured(mutated('short-conn', { load: { closePolicy: 'server-fin' } }), 'tw-reuse-0');
    expect(mutant.verdict).toBe('healthy');
    expect(mutant.ledger.closes).toBe(true);
    expect(broken(mutant)).toEqual(
      expect.arrayContaining(['without reuse the ports run out', 'no TIME_WAIT at the server']),
    );
  });

  it('close-wait: if the server closes after the client, nothing leaks', async () => {
    const closes = { peers: { server: { serves: [{ server: 'node-http' }] } } };
    const mutant = await measured(variantOf('close-wait', 'leak', closes), 'baseline');
    expect([mutant.verdict, mutant.ledger.closes]).toEqual(['healthy', true]);
    expect(broken(mutant)).toEqual(expect.arrayContaining(['the server leaks', 'no TIME_WAIT at the client']));
    const inTime = await measured(variantOf('close-wait', 'busy', closes), 'baseline');
    // FIN_WAIT2 then lasts no longer than a wake-up, so that a dump may miss it.
    expect(broken(inTime)).toContainEqual(expect.stringContaining('closed a second late'));
  });

  it('timestamps-off: with timestamps the ports do not run out', async () => {
    const on = variantOf('timestamps-off', 'server-off', {
      peers: { server: { sysctls: { 'net.ipv4.tcp_timestamps': '1' } } },
    });
    const mutant = await measured(on, 'tw-reuse-1');
    expect(mutant.verdict).not.toBe('exhausted');
    expect(broken(mutant)).toHaveLength(2);
  });
});

describe('address of a link with oneself swapped', () => {
  it.each([
    ['loopback', 'own', 'exhausted', 'on 127.0.0.1 the value 2 does the same'],
    ['own-address', 'loopback', 'healthy', "to the host's own address the value 2 reuses nothing: the ports run out"],
  ])('loopback-reuse: %s at the %s address is %s with the value 2', async (variant, address, verdict, text) => {
    const links = { links: [{ between: ['host', 'host'], address }] };
    const mutant = await measured(variantOf('loopback-reuse', variant, links), 'tw-reuse-2');
    expect([mutant.verdict, mutant.ledger.closes, broken(mutant)]).toEqual([verdict, true, [text]]);
  });
});

describe('pool idle raised', () => {
  needs(scenarioNamed('mysql-pool'));

  it('mysql-pool: at 50 idle connections MaxIdleClosed stays at 0', async () => {
    const command = 'go-client mysql-pool --workers 50 --max-open 100 --max-idle 50';
    const original = await measured(variantOf('mysql-pool', 'idle-10'), 'baseline');
    expect(broken(original)).toEqual([]);
    const mutant = await measured(
      variantOf('mysql-pool', 'idle-10', { load: { parameters: { command } } }),
      'baseline',
    );
    expect(mutant.ledger.closes).toBe(true);
    expect(broken(mutant)).toContain('MaxIdleClosed keeps rising');
    expect(mutant.peers.client?.gauges['pool.MaxIdleClosed']?.last).toBe(0);
  });
});

describe('LB keepalive turned on', () => {
  needs(scenarioNamed('lb-chain'));

  it('lb-chain: plan A with upstream keepalive is no longer exhausted', async () => {
    const serves = (parameters: object) => ({
      peers: { lb: { serves: [{ server: 'nginx', upstream: ['web'], parameters }] } },
    });
    const original = await measured(variantOf('lb-chain', 'a-lb-closes'), 'lb-tw-reuse-0');
    expect([original.verdict, broken(original)]).toEqual(['exhausted', []]);
    const keepalive = serves({ upstreamHttp: '1.1', upstreamKeepalive: 256 });
    const mutant = await measured(variantOf('lb-chain', 'a-lb-closes', keepalive), 'lb-tw-reuse-0');
    expect([mutant.verdict, mutant.ledger.closes]).toEqual(['healthy', true]);
    expect(broken(mutant)).toHaveLength(2);
  });
});

describe('a directive of a proxy left out', () => {
  const lb = (server: string, parameters: object) => ({
    peers: { lb: { serves: [{ server, upstream: ['web'], parameters }] } },
  });

  describe('nginx', () => {
    needs(scenarioNamed('proxy-without-keepalive'));

    it('proxy-without-keepalive: with its own Connection: close left in, the right pool keeps nothing', async () => {
      const left = lb('nginx', { upstreamHttp: '1.1', upstreamKeepalive: 64, upstreamConnection: 'default' });
      const mutant = await measured(variantOf('proxy-without-keepalive', 'right', left), 'lb-tw-reuse-0');
      expect(mutant.ledger.closes).toBe(true);
      expect(broken(mutant)).toEqual([expect.stringContaining('right: no more connections than fit into the pool')]);
    });

    it('proxy-without-keepalive: with a pool, no-pool no longer runs out of ports', async () => {
      const pooled = lb('nginx', { upstreamHttp: '1.1', upstreamKeepalive: 64 });
      const mutant = await measured(variantOf('proxy-without-keepalive', 'no-pool', pooled), 'lb-tw-reuse-0');
      expect([mutant.verdict, mutant.ledger.closes]).toEqual(['healthy', true]);
      expect(broken(mutant)).toHaveLength(2);
    });
  });

  describe('haproxy', () => {
    needs(scenarioNamed('haproxy-modes'));

    it.each([
      ['tunnel-nolinger', {}],
      ['tunnel-source', {}],
      ['tunnel', { sourcePorts: '32768-33767' }],
    ])('haproxy-modes: %s with %j', async (variant, parameters) => {
      const without = lb('haproxy', { retries: 0, mode: 'tunnel', ...parameters });
      const mutant = await measured(variantOf('haproxy-modes', variant, without), 'lb-tw-reuse-0');
      const hasCure = 'sourcePorts' in parameters;
      expect([mutant.verdict, mutant.ledger.closes]).toEqual([hasCure ? 'healthy' : 'exhausted', true]);
      expect(broken(mutant)).toContainEqual(expect.stringContaining(`${variant}: `));
    });
  });
});

describe('close order behind a userland proxy swapped', () => {
  it('docker-proxy: if the server closes first, the proxy does not run out of ports', async () => {
    const swapped = { load: { closePolicy: 'server-fin' } };
    const mutant = await measured(variantOf('docker-proxy', 'tcp-proxy', swapped), 'tw-reuse-0');
    expect([mutant.verdict, mutant.ledger.closes]).toEqual(['healthy', true]);
    expect(broken(mutant)).toEqual([expect.stringContaining('exactly 1,000 connections')]);
  });
});

describe('IP_BIND_ADDRESS_NO_PORT swapped', () => {
  needs(scenarioNamed('bind-before-connect'));

  it.each([
    ['bind-4', true, 4000, 'bind() without the option'],
    ['no-port-4', false, 1000, 'with the option as without bind()'],
  ])('bind-before-connect: %s with the option %s makes %i connections', async (variant, bindNoPort, connected, text) => {
    const command = `go-client http-client --workers 8 --max-idle-per-host -1 --bind${bindNoPort ? '-no-port' : ''}`;
    const changes = { load: { bindNoPort, parameters: { command } } };
    const mutant = await measured(variantOf('bind-before-connect', variant, changes), 'tw-reuse-0');
    expect([mutant.load.connected, mutant.budget?.fourTuples, mutant.ledger.closes]).toEqual([
      connected,
      connected,
      true,
    ]);
    expect(broken(mutant)).toEqual([expect.stringContaining(text)]);
  });
});

describe('reservation of a listening port left out', () => {
  needs(scenarioNamed('listener-in-range'));

  it('listener-in-range: outside the range the listener keeps its port without a reservation', async () => {
    const serves = [{ server: 'go-http', ports: [8081], parameters: { restartAfterMs: 2500, restartTakesMs: 500 } }];
    const outside = variantOf('listener-in-range', 'held', { peers: { client: { serves } } });
    const mutant = await measured(outside, 'tw-reuse-0');
    expect(mutant.ledger.closes).toBe(true);
    expect(mutant.peers.client?.gauges['restart.listening']?.last).toBe(1);
    expect(broken(mutant)).toHaveLength(3);
  });
});
