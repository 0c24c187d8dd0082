import { describe, expect, it } from 'vitest';
import type { CpuUse } from '../../model/load-facts.ts';
import { saturation } from './saturation.ts';

const closed = { rate: { offered: null, achieved: 1 } } as never;
const uses: Record<string, CpuUse> = {
  ...{ 'load-1': 1, 'load-2': 1, server: 1, nginx: 1 },
  ...{ wrk: 'threads', tomcat: 'all', 'tomcat-thread': 'busiest-thread' },
};
const machine = { threads: 2, cores: 4, usesOf: () => uses };
const open = { rate: { offered: 100, achieved: 100 } } as never;
const peers = (client: number, server: number) => ({
  client: { cpu: { 'load-1': client, agent: 0.1 } },
  server: { cpu: { nginx: server } },
});

describe('saturation', () => {
  it('names the side whose CPU was saturated', () => {
    expect(saturation(closed, peers(0.98, 0.43), ['client'], machine)).toEqual([
      'The load generator saturated its CPU, the serving side did not (busiest on each side, share of one core: client load-1 98 %, server nginx 43 %).',
    ]);
    expect(saturation(open, peers(0.4, 0.95), ['client'], machine)[0]).toContain('The serving side saturated its CPU');
    expect(saturation(open, peers(0.95, 0.95), ['client'], machine)[0]).toContain('Both sides');
  });

  it('reports that no CPU was saturated for a closed loop only', () => {
    expect(saturation(closed, peers(0.4, 0.5), ['client'], machine)[0]).toContain('No CPU was saturated');
    expect(saturation(open, peers(0.4, 0.5), ['client'], machine)).toEqual([]);
  });

  it('counts two cores for two threads, and all of them for a JVM', () => {
    const cpu = (client: number, server: number) => ({
      client: { cpu: { wrk: client } },
      server: { cpu: { tomcat: server } },
    });
    expect(saturation(closed, cpu(1.1, 2), ['client'], machine)[0]).toContain('No CPU was saturated');
    expect(saturation(closed, cpu(1.9, 3.7), ['client'], machine)[0]).toContain('Both sides');
  });

  it('judges a server by its busiest thread, and counts it once', () => {
    const cpu = { client: { cpu: { wrk: 0.4 } }, server: { cpu: { tomcat: 1.2, 'tomcat-thread': 0.97 } } };
    expect(saturation(closed, cpu, ['client'], machine)[0]).toContain('The serving side saturated its CPU');
    const shared = { client: { cpu: { wrk: 0.5 } }, server: { cpu: { tomcat: 0.8, 'tomcat-thread': 0.8 } } };
    expect(saturation(closed, shared, ['client'], { ...machine, threads: 1, cores: 2 })[0]).toContain(
      'No CPU was saturated',
    );
  });

  it('reports cores that load and server saturate together', () => {
    const shared = { client: { cpu: { 'load-1': 0.57, 'load-2': 0.57 } }, server: { cpu: { server: 0.58 } } };
    const [line] = saturation(closed, shared, ['client'], { ...machine, cores: 2 });
    expect(line).toContain("The machine's 2 cores were saturated: 1.7 used in total");
  });

  it('is empty where nothing was read', () => {
    expect(saturation(closed, { client: { cpu: null }, server: { cpu: null } }, ['client'], machine)).toEqual([]);
  });
});
