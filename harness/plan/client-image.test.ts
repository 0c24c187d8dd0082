import { expect, it } from 'vitest';
import { scenarioNamed } from '../../scenarios/registry.ts';
import { capabilitiesNeeded } from './capabilities.ts';
import { readClientImage, withClientImage } from './client-image.ts';

it('lets the image make the load, in a runtime that can run images', () => {
  const { value, issues } = readClientImage({ image: 'shop:1', args: ['--url', '{url}'], env: ['A=b=c'] });
  expect(issues).toEqual([]);
  const scenario = withClientImage(scenarioNamed('short-conn'), value);
  expect(scenario.load).toMatchObject({
    engine: 'outside',
    image: { reference: 'shop:1', args: ['--url', '{url}'], env: { A: 'b=c' } },
  });
  expect(capabilitiesNeeded(scenario)).toEqual(['images']);
});

it('reports every issue at once', () => {
  const { issues } = readClientImage({ image: ' ', args: [], env: ['x'] });
  expect(issues.map((one) => one.field)).toEqual(['--client-image', '--client-env']);
});
