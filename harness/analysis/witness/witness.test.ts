import { describe, expect, it } from 'vitest';
import { type OccupancyInput, occupancyWitness } from './occupancy.ts';
import { type Testimony, weigh } from './witness.ts';

const steady = (opened: (atMs: number) => number, sockets: (atMs: number) => number, untilMs = 3000) =>
  Array.from({ length: untilMs / 100 + 1 }, (_, n) => n * 100).map((atMs) => ({
    atMs,
    opened: opened(atMs),
    sockets: sockets(atMs),
  }));
const pair = (used: number, destination = '198.18.0.102:8080') => ({ source: '198.18.0.2', destination, used });
const base: OccupancyInput = {
  ports: 1000,
  reuseDelayMs: null,
  samples: steady(
    (t) => Math.min(1000, t),
    (t) => Math.min(1000, t),
  ),
  readings: [{ atMs: 1000, pairs: [pair(1000)], sources: [{ source: '198.18.0.2', used: 1000 }] }],
  bindsFirst: null,
  endedAtMs: null,
  activeUntilMs: null,
};

describe('occupancyWitness', () => {
  it('infers exhaustion where a destination has every port and the program goes on', () => {
    expect(occupancyWitness(base)).toMatchObject({
      says: 'saw',
      certainty: 'inferred',
      atMs: 1000,
      destination: '198.18.0.102:8080',
      count: null,
    });
  });

  it('is blind for a program that ends at exactly the last port', () => {
    expect(occupancyWitness({ ...base, endedAtMs: 1010 }).says).toBe('blind');
  });

  it('is blind for a program that used the last port and then went idle', () => {
    expect(occupancyWitness({ ...base, activeUntilMs: 1050 }).says).toBe('blind');
  });

  it('is clear where 990 of 1,000 ports are in use', () => {
    const samples = steady(
      () => 990,
      () => 990,
    );
    const readings = [{ atMs: 1000, pairs: [pair(990)], sources: [{ source: '198.18.0.2', used: 990 }] }];
    expect(occupancyWitness({ ...base, samples, readings }).says).toBe('clear');
  });

  it('is clear with reuse while connect() reuses ports, and sees the ceiling where the rate is limited by it', () => {
    const reuse = { ...base, reuseDelayMs: 1000 };
    const samples = (perMs: number) =>
      steady(
        (t) => t * perMs,
        (t) => Math.min(1000, t),
      );
    expect(occupancyWitness({ ...reuse, samples: samples(0.8) }).says).toBe('clear');
    expect(occupancyWitness({ ...reuse, samples: samples(1) }).says).toBe('saw');
  });

  it('counts the ports of one source over all destinations once nothing is opened any more', () => {
    const four = ['a:1', 'b:1', 'c:1', 'd:1'].map((destination) => pair(250, destination));
    const readings = [{ atMs: 1000, pairs: four, sources: [{ source: '198.18.0.2', used: 1000 }] }];
    expect(occupancyWitness({ ...base, readings })).toMatchObject({ says: 'saw', destination: null });
    const samples = steady(
      (t) => t,
      (t) => t,
    );
    expect(occupancyWitness({ ...base, readings, samples }).says).toBe('clear');
    expect(occupancyWitness({ ...base, readings, samples: base.samples.slice(0, 11), endedAtMs: 1010 }).says).toBe(
      'blind',
    );
  });

  it('is blind where bound sockets nearly shared out a source, and clear where connect() chose their ports', () => {
    const four = [1, 2, 3, 4].map((n) => pair(230, `198.18.0.102:${n}`));
    // The last reading came before the last port was taken.
    const readings = [{ atMs: 900, pairs: four, sources: [{ source: '198.18.0.2', used: 920 }] }];
    for (const bindsFirst of [true, null]) {
      expect(occupancyWitness({ ...base, readings, bindsFirst })).toMatchObject({
        says: 'blind',
        text: expect.stringContaining('whether a bind() found none is unknown'),
      });
    }
    expect(occupancyWitness({ ...base, readings, bindsFirst: false }).says).toBe('clear');
    // The sampler was too late for any reading.
    const few = steady(Math.trunc, () => 950);
    expect(occupancyWitness({ ...base, readings: [], samples: few, bindsFirst: true }).says).toBe('blind');
    expect(occupancyWitness({ ...base, readings: [], samples: few, bindsFirst: false }).says).toBe('clear');
    const full = [{ atMs: 1000, pairs: four, sources: [{ source: '198.18.0.2', used: 1000 }] }];
    expect(occupancyWitness({ ...base, readings: full, bindsFirst: true }).says).toBe('saw');
    expect(occupancyWitness({ ...base, readings: full, bindsFirst: false }).says).toBe('clear');
  });

  it('is blind without readings by destination where the sockets would fill the range', () => {
    expect(occupancyWitness({ ...base, readings: [] }).says).toBe('blind');
    expect(occupancyWitness({ ...base, samples: [] }).says).toBe('blind');
  });
});

describe('weigh', () => {
  const saw = (certainty: 'observed' | 'inferred', witness: string) => ({
    witness,
    says: 'saw' as const,
    certainty,
    atMs: 1,
    destination: null,
    count: null,
    text: witness,
  });
  const other = (says: 'clear' | 'blind', witness: string): Testimony & { witness: string } => ({
    says,
    text: witness,
    witness,
  });

  it('ranks a counted errno above an inference, and both above a witness that saw nothing', () => {
    const all = [other('clear', 'a'), saw('inferred', 'b'), saw('observed', 'c')];
    expect(weigh(all)).toMatchObject({ exhausted: 'yes', sighting: { witness: 'c', certainty: 'observed' } });
    expect(weigh(all.slice(0, 2))).toMatchObject({ exhausted: 'yes', sighting: { witness: 'b' } });
  });

  it('believes no inference against a witness that saw every call', () => {
    const engine = { ...other('clear', 'a'), sawEveryCall: true } as Testimony & { witness: string };
    expect(weigh([engine, saw('inferred', 'b')])).toEqual({ exhausted: 'no', sighting: null, evidence: ['a'] });
    expect(weigh([engine, saw('observed', 'c')])).toMatchObject({ exhausted: 'yes', sighting: { witness: 'c' } });
  });

  it('says no only where a witness would have seen it', () => {
    expect(weigh([other('blind', 'a'), other('clear', 'b')]).exhausted).toBe('no');
    expect(weigh([other('blind', 'a'), other('blind', 'b')]).exhausted).toBe('unknown');
    expect(weigh([]).exhausted).toBe('unknown');
  });
});
