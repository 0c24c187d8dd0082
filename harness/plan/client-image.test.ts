import { expect, it } from 'vitest';
import { scenarioNamed } from '../../scenarios/registry.ts';
import { readClientImage, withClientImage } from './client-image.ts';

it('lets the image make the load, in docker alone', () => {
  const { value, issues } = readClientImage({ image: 'shop:1', args: ['--url', '{url}'], env: ['A=b=c'] });
  expect(issues).toEqual([]);
  const { load, runtimes } = withClientImage(scenarioNamed('short-conn'), value);
  expect(load).toMatchObject({
    engine: 'outside',
    image: { reference: 'shop:1', args: ['--url', '{url}'], env: { A: 'b=c' } },
  });
  expect(runtimes).toEqual(['docker']);
});

it('has every issue at once', () => {
  const { issues } = readClientImage({ image: ' ', args: [], env: ['x'] });
  expect(issues.map((one) => one.field)).toEqual(['--client-image', '--client-env']);
});
