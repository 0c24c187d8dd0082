import { expect, it } from 'vitest';
import { scenarioNamed } from '../../scenarios/registry.ts';
import { readClientImage, withClientImage } from './client-image.ts';

it('lets the image make the load, in docker alone', () => {
  const { value, objections } = readClientImage({ image: 'shop:1', args: ['--url', '{url}'], env: ['A=b=c'] });
  expect(objections).toEqual([]);
  const { load, runtimes } = withClientImage(scenarioNamed('short-conn'), value);
  expect(load).toMatchObject({
    engine: 'outside',
    image: { reference: 'shop:1', args: ['--url', '{url}'], env: { A: 'b=c' } },
  });
  expect(runtimes).toEqual(['docker']);
});

it('has every objection at once', () => {
  const { objections } = readClientImage({ image: ' ', args: [], env: ['x'] });
  expect(objections.map((one) => one.field)).toEqual(['--client-image', '--client-env']);
});
