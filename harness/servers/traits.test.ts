import { expect, it } from 'vitest';
import { components } from '../components/table.ts';
import { ServerFacts } from '../model/load-facts.ts';
import { ServerSpec } from '../model/scenario.ts';
import { serverKinds } from './kinds.ts';
import { serverTraits } from './traits.ts';

it('has traits for every server, and a server for all traits', () => {
  expect(serverKinds.map((kind) => kind.traits)).toEqual(serverTraits);
  expect(new Set(serverTraits.map(({ name }) => name)).size).toBe(serverTraits.length);
});

it.each(serverTraits.map((traits) => [traits.name, traits] as const))('%s has valid facts', (name, traits) => {
  const parameters = name === 'program' ? { command: 'haproxy' } : {};
  const spec = ServerSpec.parse({ server: name, upstream: ['web'], parameters });
  expect(traits.issues(spec)).toEqual([]);
  expect(traits.issues({ ...spec, parameters: { ...spec.parameters, nosuch: 1 } }).map((one) => one.field)).toEqual([
    'parameters.nosuch',
  ]);
  expect(ServerFacts.parse(traits.facts(spec))).toBeTruthy();
  for (const component of traits.requires) expect(Object.keys(components)).toContain(component);
});
