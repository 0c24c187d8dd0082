import { expect, it } from 'vitest';
import { hasExtensions } from './accelerator.ts';

it('takes KVM only where the CPU has the extensions', () => {
  expect(hasExtensions('model name\t: x\nflags\t\t: fpu vme svm lm\n')).toBe(true);
  expect(hasExtensions('flags\t\t: fpu vmx lm\n')).toBe(true);
  expect(hasExtensions('flags\t\t: fpu lm\nvmx flags\t: vnmi\n')).toBe(false);
  expect(hasExtensions('')).toBe(false);
});
