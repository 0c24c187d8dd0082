import { afterEach, expect, it, vi } from 'vitest';

const argv1 = process.argv[1] as string;
afterEach(() => {
  process.argv[1] = argv1;
  vi.resetModules();
});

it.each([
  ['/srv/timewait-lab/scripts/start.mjs', 'npm run images -- --base debootstrap', 'npm run clean'],
  ['/usr/local/bin/timewait-lab', 'timewait-lab images --base debootstrap', 'timewait-lab clean'],
  ['/action/bin/timewait-lab.mjs', 'timewait-lab images --base debootstrap', 'timewait-lab clean'],
])('started as %s, a hint says %s', async (started, withArguments, without) => {
  process.argv[1] = started;
  const { labCommand } = await import('./lab-command.ts');
  expect(labCommand('images', '--base', 'debootstrap')).toBe(withArguments);
  expect(labCommand('clean')).toBe(without);
});
