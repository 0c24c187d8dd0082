import { expect, it } from 'vitest';
import { hasSymptom } from './symptoms.ts';

const symptoms = { groups: ['CLOSE_WAIT' as const], messages: ['Cannot assign requested address', 'errno 99'] };

it.each([
  ['cannot assign requested address', true],
  ['requested  address', true],
  ['dial tcp 198.18.0.2:6379: connect: cannot assign requested address', true],
  ['OSError: [Errno 99] Cannot assign requested address', true],
  ['close_wait', true],
  ['connection reset by peer', false],
  ['Address already in use', false],
])('finds %s: %s', (text, found) => {
  expect(hasSymptom(symptoms, text)).toBe(found);
});
