import { expect, it } from 'vitest';
import { components } from '../components/table.ts';
import { EngineFacts } from '../model/load-facts.ts';
import { LoadSpec } from '../model/scenario.ts';
import { engines } from './engines.ts';
import { engineTraits } from './traits.ts';

const load = LoadSpec.parse({
  closePolicy: 'client-fin',
  arrival: { loop: 'closed', concurrency: 2 },
  threads: 2,
  durationMs: 100,
});

it('has traits for every engine, and an engine for all traits', () => {
  expect(engines.map((engine) => engine.traits)).toEqual(engineTraits);
  expect(new Set(engineTraits.map(({ name }) => name)).size).toBe(engineTraits.length);
});

it.each(engineTraits.map((traits) => [traits.name, traits] as const))('%s has valid facts', (_, traits) => {
  expect(EngineFacts.parse(traits.facts(load))).toBeTruthy();
  for (const name of traits.requires(load)) expect(Object.keys(components)).toContain(name);
});
