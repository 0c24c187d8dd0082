import { describe, expect, it } from 'vitest';
import type { JournalLine } from './journal.ts';
import { hidden, withoutSecrets, withoutSecretValues } from './secrets.ts';

describe('withoutSecretValues', () => {
  it.for([
    ['client --password=S3CRET {url}', 'client --password=… {url}'],
    ['client --db-password S3CRET {url}', 'client --db-password … {url}'],
    ['client --api-key "S3 CRET" -n 5', 'client --api-key … -n 5'],
    ["env PGPASSWORD='S3 CRET' psql", 'env PGPASSWORD=… psql'],
    ['curl -u alice:S3CRET {url}', 'curl -u alice:… {url}'],
    ['curl -H "Authorization: Bearer S3CRET" {url}', 'curl -H "Authorization: Bearer …" {url}'],
    ['curl -H "X-Auth-Token: S3CRET" {url}', 'curl -H "X-Auth-Token: …" {url}'],
    ['client postgres://alice:S3CRET@{target}/db', 'client postgres://alice:…@{target}/db'],
    ['client {url}?access_token=S3CRET&n=5', 'client {url}?access_token=…&n=5'],
    ['hey -z 10s -c 50 {url}', 'hey -z 10s -c 50 {url}'],
    ['client http://{target}/a:b@c --tokens', 'client http://{target}/a:b@c --tokens'],
  ] as const)('%s', ([written, shown]) => {
    expect(withoutSecretValues(written)).toBe(shown);
  });
});

describe('withoutSecrets', () => {
  const kept = (line: unknown) => withoutSecrets(line as JournalLine) as unknown;

  it('keeps names of variables in the command, not their values', () => {
    const command = [
      'scenario',
      'a',
      '--server-env',
      'POSTGRES_HOST=S3CRET',
      '--client-env=X=S3CRET',
      '--server-env',
      'N',
    ];
    expect(kept({ type: 'run', command })).toEqual({
      type: 'run',
      command: ['scenario', 'a', '--server-env', 'POSTGRES_HOST=…', '--client-env=X=…', '--server-env', 'N'],
    });
  });

  it('keeps none in the plan of a cell or the start of a program', () => {
    const plan = {
      scenario: {
        peers: { server: { image: { reference: 'db', env: { ROOT: 'S3CRET' } } } },
        load: { parameters: { command: 'c --token=S3CRET' }, image: { args: ['--password', 'S3CRET', 'x'], env: {} } },
      },
    };
    expect(JSON.stringify(kept({ type: 'cell', plan }))).not.toContain('S3CRET');
    const event = { is: 'start', command: ['c', '--token', 'S3CRET', 'url'] };
    expect(kept({ type: 'program', event })).toEqual({
      type: 'program',
      event: { is: 'start', command: ['c', '--token', '…', 'url'] },
    });
    const other = { type: 'gauge', values: { token: 1 } };
    expect(kept(other)).toBe(other);
  });
});

it.each([
  ['letters', 'x'.repeat(100_000)],
  ['names of secrets', 'pwd'.repeat(30_000)],
  ['dashes', '-'.repeat(100_000)],
  ['equals signs', `-u ${'='.repeat(100_000)}`],
  ['white space', `password${' '.repeat(100_000)}authorization:${' '.repeat(100_000)}`],
  ['addresses', '://a:'.repeat(20_000)],
])('takes less than a second for many %s', (_, text) => {
  const { user: before } = process.cpuUsage();
  withoutSecretValues(text);
  expect((process.cpuUsage().user - before) / 1000).toBeLessThan(1000);
});

it('hides what looks like a secret in what a program printed last', () => {
  const reason = 'client: sh ended with code 3 · usage: x --token=T0PS http://198.18.0.102:8080/';
  const line = { type: 'cell-end', cell: 'a', t: 1, state: 'failed', reason } as unknown as JournalLine;
  expect(withoutSecrets(line)).toMatchObject({ reason: reason.replace('T0PS', hidden) });
});
