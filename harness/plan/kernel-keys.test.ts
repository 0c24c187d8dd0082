import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { profiles } from '../../scenarios/profiles.ts';
import { scenarioNamed } from '../../scenarios/registry.ts';
import { plan } from './plan.ts';

const keysOf = (kernel: string) => {
  const file = new URL(`../../test/fixtures/kernels/sysctl-keys-${kernel}.txt`, import.meta.url);
  return new Set(readFileSync(file, 'utf8').trim().split('\n'));
};

it.each(['6.1', '6.12'])('skips, on Linux %s, only the profiles whose keys it lacks', (kernel) => {
  const planned = plan({
    scenarios: [scenarioNamed('short-conn')],
    profiles,
    profileNames: ['tw-reuse-0', 'tw-reuse-1', 'tw-reuse-2', 'reuse-delay-100ms'],
    repetitions: 1,
    form: 'quick',
    overrides: { sysctls: {} },
    settable: keysOf(kernel),
  });
  if (!planned.ok) throw new Error(JSON.stringify(planned.issues));
  // Read there as null too, where 1000 ms is the constant of the kernel (net/ipv4/tcp_ipv4.c tcp_twsk_unique).
  expect(planned.cells.map(({ profile, skip }) => [profile, skip?.reason ?? null])).toEqual([
    ['tw-reuse-0', null],
    ['tw-reuse-1', null],
    ['tw-reuse-2', null],
    ['reuse-delay-100ms', expect.stringContaining('came with Linux 6.14')],
  ]);
});
