import { expect, it } from 'vitest';
import { fromEnvironment } from './env-options.ts';

it('takes the value of a name alone from the environment, and nothing else', () => {
  const environment = { PASSWORD: 'a=b', EMPTY: '' };
  expect(fromEnvironment(['PASSWORD', 'EMPTY', 'NONE', 'X=1', '=y'], environment)).toEqual([
    'PASSWORD=a=b',
    'EMPTY=',
    'NONE',
    'X=1',
    '=y',
  ]);
});
