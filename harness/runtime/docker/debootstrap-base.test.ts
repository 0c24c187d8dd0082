import { expect, it } from 'vitest';
import { mirrorIn } from './debootstrap-base.ts';

it('finds the mirror in both formats of apt sources', () => {
  expect(mirrorIn('Types: deb\n# http://snapshot.debian.org/x\nURIs: http://deb.debian.org/debian\nSuites: x\n')).toBe(
    'http://deb.debian.org/debian',
  );
  expect(mirrorIn('deb [arch=amd64] https://mirror.local/debian/ bookworm main\n')).toBe('https://mirror.local/debian');
  expect(mirrorIn('deb https://packages.example.org/apt other main\n')).toBeNull();
});
