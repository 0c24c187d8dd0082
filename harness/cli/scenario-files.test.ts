import { chmodSync, chownSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { profiles as ownProfiles } from '../../scenarios/profiles.ts';
import type { ValidationIssue } from '../model/errors.ts';
import { plan } from '../plan/plan.ts';
import { readScenarioFiles } from './scenario-files.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'timewait-lab-files-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const place = { present: new Set<string>(), listeners: [] };
const takenProfiles = ownProfiles.map(({ name }) => name);

/** The files' scenarios with every issue, also those of the plan, as the command finds them. */
async function read(
  files: Record<string, string>,
  allowCommands = false,
  change = (path: string) => chmodSync(path, 0o600),
) {
  const paths = Object.entries(files).map(([name, text]) => {
    writeFileSync(join(folder, name), text);
    change(join(folder, name));
    return join(folder, name);
  });
  const issues: ValidationIssue[] = [];
  const scenarioPaths = paths.filter((path) => path.endsWith('.yml') || path.endsWith('.json'));
  const options = { place, taken: ['short-conn'], takenProfiles, allowCommands };
  const found = await readScenarioFiles(scenarioPaths, options, issues);
  const planned = plan({
    scenarios: found.scenarios,
    profiles: [...ownProfiles, ...found.profiles],
    repetitions: 1,
    form: 'full',
    overrides: { sysctls: {} },
    settable: null,
  });
  if (!planned.ok) issues.push(...found.inFiles(planned.issues));
  const fields = issues.map(({ field }) => field.replace(`${folder}/`, ''));
  return { ...found, issues, fields, cells: planned.ok ? planned.cells : [] };
}

describe('a scenario file', () => {
  it('with the load and its server in one peer needs no link, and takes shaped ones', async () => {
    const host = 'peers: { host: { serves: [nginx] } }\nload: { from: host, to: host }\nsubject: host';
    const { cells, issues } = await read({ 'one.yml': host });
    expect(issues).toEqual([]);
    expect(cells[0]?.links).toEqual([expect.objectContaining({ isLocal: true, subnet: '127.0.0.0/8' })]);
    const far =
      'peers: { client: {}, server: { serves: [nginx] } }\nlinks: [{ between: [client, server], delayMs: 20 }]';
    expect((await read({ 'far.yml': far })).cells[0]?.links[0]?.shape).toEqual({ delayMs: 20 });
    const wrong = far.replace('delayMs: 20', 'delayMs: -1, jitter: 3');
    expect((await read({ 'wrong.yml': wrong })).fields).toEqual([
      'wrong.yml: links[0].delayMs',
      'wrong.yml: links[0].jitter',
    ]);
  });

  it('with a text in place of the peer of a variant has one problem, not one a character', async () => {
    const peers = { client: {}, server: { serves: ['nginx'] } };
    const text = JSON.stringify({ peers, variants: { a: { peers: { server: 'x'.repeat(1000) } } } });
    const { issues } = await read({ 'x.json': text });
    expect(issues.length).toBeGreaterThan(0);
    expect(JSON.stringify(issues).length).toBeLessThan(2000);
  });

  it('needs no more than peers', async () => {
    const { scenarios, issues } = await read({
      'My Service.yml': 'peers: { client: {}, server: { serves: [nginx] } }',
    });
    expect(issues).toEqual([]);
    expect(scenarios[0]).toMatchObject({
      name: 'my-service',
      links: [['client', 'server']],
      load: { engine: 'churn', closePolicy: 'client-fin', arrival: { loop: 'closed' }, durationMs: 10_000 },
      profiles: ['baseline'],
    });
    expect(scenarios[0]?.peers.server?.serves).toMatchObject([{ server: 'nginx', ports: [8080] }]);
  });

  it('has programs in any role, and links along its hops', async () => {
    const { scenarios, issues } = await read({
      'chain.json': JSON.stringify({
        peers: {
          client: {},
          proxy: {
            serves: [
              { command: 'haproxy -f {config}', config: 'haproxy.cfg', upstream: ['web'] },
              { command: 'exporter --listen {port}', ports: [9101] },
            ],
          },
          web: { count: 2, serves: [{ command: 'python3 app.py {port}', upstream: ['db'] }] },
          db: { image: 'postgres:17', serves: [{ ports: [5432] }] },
        },
        load: { to: 'proxy', command: 'wrk -t1 {url}' },
      }),
      'haproxy.cfg': 'bind *:{port}',
    });
    expect(issues).toEqual([]);
    const [scenario] = scenarios;
    expect(scenario?.links).toEqual([
      ['client', 'proxy'],
      ['proxy', 'web'],
      ['web', 'db'],
    ]);
    expect(scenario?.load).toMatchObject({ engine: 'program', parameters: { command: 'wrk -t1 {url}', folder } });
    expect(scenario?.peers.proxy?.serves[0]).toMatchObject({
      server: 'program',
      parameters: { command: 'haproxy -f {config}', config: 'bind *:{port}', folder },
    });
    expect(scenario?.peers.db).toMatchObject({ image: { reference: 'postgres:17' }, serves: [{ server: 'image' }] });
  });

  it('changes programs in its variants', async () => {
    const { cells, issues } = await read({
      'two.yml': `peers: { client: {}, server: { serves: [{ command: 'one {port}' }] } }
load: { command: 'first {url}' }
variants:
  other: { load: { command: 'second {url}' }, peers: { server: { serves: [{ command: 'two {port}', config: c.cfg }] } } }
  same: {}`,
      'c.cfg': 'text',
    });
    expect(issues).toEqual([]);
    expect(cells.map(({ scenario }) => scenario.load.parameters.command)).toEqual(['second {url}', 'first {url}']);
    expect(cells[0]?.peers[1]?.serves[0]?.parameters).toMatchObject({ command: 'two {port}', config: 'text' });
  });

  it('has profiles by name, by file and in place', async () => {
    const { scenarios, profiles, issues } = await read({
      'p.yml': `peers: { client: {}, server: { serves: [nginx] } }
profiles: [tw-reuse-0, ./net.conf, { name: narrow, sysctls: { client: { net.ipv4.ip_local_port_range: 20000 20999 } } }]`,
      'net.conf': 'net.ipv4.tcp_tw_reuse = 1\n',
    });
    expect(issues).toEqual([]);
    expect(scenarios[0]?.profiles).toEqual(['tw-reuse-0', 'net.conf', 'narrow']);
    expect(profiles.map(({ name }) => name)).toEqual(['net.conf', 'narrow']);
  });
});

describe('problems', () => {
  it('are all found at once, each with its field, whatever finds them', async () => {
    const { fields, issues } = await read({
      'bad.yml': `peers:
  client: { adresses: 2 }
  proxy: { serves: [{ command: 'haproxy | tee {prot}', upstream: [wbe] }, {}] }
  web: { serves: [ngin], count: many }
load: { to: proxy, durationMs: soon, engine: churm }
profiles: [tw-reuse-9, { name: baseline, sysctls: {} }, { name: own, sysctls: { clinet: { net.ipv4.tcp_tw_reuse: '1' } } }]
expectations: [{ text: x, holds: 'client.timeWait.creatd > 0' }]
`,
    });
    expect(fields.sort()).toEqual(
      [
        'bad.yml: expectations[0].holds',
        'bad.yml: load.durationMs',
        'bad.yml: load.engine',
        'bad.yml: peers.client.adresses',
        'bad.yml: peers.proxy.serves[0].command',
        'bad.yml: peers.proxy.serves[0].command',
        'bad.yml: peers.proxy.serves[0].upstream[0]',
        'bad.yml: peers.proxy.serves[1].server',
        'bad.yml: peers.web.count',
        'bad.yml: peers.web.serves[0].server',
        'bad.yml: profiles',
        'bad.yml: profiles[1].name',
        'bad.yml: profiles[2].sysctls.clinet',
      ].sort(),
    );
    expect(issues.find(({ field }) => field.endsWith('adresses'))?.hint).toContain('addresses');
    expect(issues.every(({ message, hint }) => message !== 'Invalid input' && hint !== undefined)).toBe(true);
  });

  it('of the syntax are shown by line, and a file without peers is one', async () => {
    const { fields } = await read({ 'a.yml': 'peers: {\n  - x: [', 'b.yml': '[]', 'c.yml': 'load: {}' });
    expect(fields.filter((field) => /^a\.yml:\d+$/.test(field)).length).toBeGreaterThan(0);
    expect(fields).toEqual(expect.arrayContaining(['b.yml: whole file', 'c.yml: peers']));
  });

  it('are names that are taken, files that cannot be read and huge files', async () => {
    const minimal = 'peers: { client: {}, server: { serves: [nginx] } }';
    const { fields, issues } = await read({
      'short-conn.yml': minimal,
      'one.yml': `${minimal}\nname: same`,
      'two.yml': `${minimal}\nname: same`,
      'big.yml': '#'.repeat((1 << 20) + 1),
      'config.yml': 'peers: { client: {}, server: { serves: [{ command: a, config: none.cfg }] } }',
    });
    const expected = ['big.yml', 'config.yml: peers.server.serves[0].config', 'short-conn.yml: name', 'two.yml: name'];
    expect([...fields].sort()).toEqual(expected);
    expect(issues.find(({ field }) => field.endsWith('big.yml'))?.message).toContain('larger than 1 MiB');
  });
});

describe("another user's file", () => {
  const program = { 'x.yml': "peers: { client: {}, server: { serves: [{ command: 'id', config: /etc/shadow }] } }" };
  // The rights of a file that exists stay as they are when it is written again.
  const writable = (path: string) => chmodSync(path, 0o666);
  const strangers = (path: string) => chownSync(path, 12_345, 12_345);

  it('runs no programs unless allowed, nor is read what it names', async () => {
    const refused = await read(program, false, writable);
    expect(refused.scenarios).toEqual([]);
    expect(refused.issues).toMatchObject([{ message: expect.stringContaining('every user may write to it') }]);
    expect((await read(program, true, writable)).scenarios).toHaveLength(1);
    expect((await read(program)).scenarios).toHaveLength(1);
  });

  it('is not followed to other files, whose lines would be printed as wrong ones', async () => {
    const secret = join(folder, 'shadow');
    writeFileSync(secret, 'root:$y$hash:20000\n', { mode: 0o600 });
    const peers = 'peers: { client: {}, server: { serves: [nginx] } }';
    const naming = { 'x.yml': `${peers}\nprofiles: [${secret}]` };
    const refused = await read(naming, false, writable);
    expect(JSON.stringify(refused.issues)).not.toContain('$y$hash');
    expect(refused.issues).toMatchObject([{ message: expect.stringContaining('names other files') }]);
    // Of the user's own file each line is shown.
    expect(JSON.stringify((await read(naming)).issues)).toContain('$y$hash');
    const plain = await read({ 'x.yml': `${peers}\nprofiles: [tw-reuse-1]` }, false, writable);
    expect(plain.issues).toEqual([]);
  });

  it('may name the servers of the lab', async () => {
    const own = await read({ 'y.yml': 'peers: { client: {}, server: { serves: [nginx] } }' }, false, writable);
    expect(own.issues).toEqual([]);
  });

  it.runIf(process.geteuid?.() === 0)('is known by its owner', async () => {
    const { issues } = await read(program, false, strangers);
    expect(issues).toMatchObject([{ message: expect.stringContaining('belongs to another user (uid 12345)') }]);
  });
});
