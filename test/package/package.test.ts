import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, normalize } from 'node:path';
import { execa } from 'execa';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { netnsRuntime } from '../../harness/runtime/netns/netns.ts';
import { requireOrSkip } from '../require.ts';

const root = join(import.meta.dirname, '..', '..');
const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));

/** A user's own git repository, outside this project and without network access. */
const app = mkdtempSync(join(tmpdir(), 'timewait-lab-app-'));
const installed = join(app, 'node_modules', 'timewait-lab');
const env = {
  PATH: process.env.PATH,
  HOME: app,
  npm_config_cache: join(app, 'npm-cache'),
  npm_config_offline: 'true',
};

let packed: string[] = [];

function run(program: string, args: readonly string[]) {
  return execa(program, args, { cwd: app, env, extendEnv: false, reject: false });
}

const lab = (...args: string[]) => run(join(app, 'node_modules', '.bin', 'timewait-lab'), args);

beforeAll(async () => {
  await run('git', ['init', '--quiet']);
  await run('git', ['-c', 'user.name=a', '-c', 'user.email=a@b', 'commit', '--quiet', '--allow-empty', '--message=a']);
  // The bundle was built from these sources (test/build-first.ts).
  const args = ['pack', '--ignore-scripts', '--json', '--pack-destination', app];
  const { stdout } = await execa('npm', args, { cwd: root });
  const [pack] = JSON.parse(stdout) as [{ filename: string; files: { path: string }[] }];
  packed = pack.files.map((file) => file.path);
  const install = await run('npm', ['install', '--no-audit', '--no-fund', `./${pack.filename}`]);
  if (install.exitCode !== 0) throw new Error(install.stderr);
});
afterAll(() => rmSync(app, { recursive: true, force: true }));

describe('the packed package', () => {
  it('is built before it is packed', () => {
    expect(manifest.scripts.prepack).toBe('node scripts/build.mjs');
  });

  it('contains everything it needs: no dependencies, no install step', () => {
    const { dependencies, optionalDependencies, peerDependencies, scripts } = manifest;
    expect({ dependencies, optionalDependencies, peerDependencies }).toEqual({});
    expect(Object.keys(scripts).filter((name) => /install$|^prepare$/.test(name))).toEqual([]);
    expect(readdirSync(join(app, 'node_modules')).filter((name) => !name.startsWith('.'))).toEqual(['timewait-lab']);
  });

  it('contains the bundle of this build with the licenses of its parts, no sources and no tests', () => {
    const bundle = readFileSync(join(root, 'dist', '.npmignore'), 'utf8')
      .split('\n')
      .filter((line) => line.startsWith('!'))
      .map((line) => line.slice(1));
    expect(bundle).toEqual(expect.arrayContaining(['cli.mjs', 'agent.cjs', 'autocannon-process.cjs']));
    expect(packed.filter((path) => path.startsWith('dist/')).sort()).toEqual(
      bundle.map((name) => `dist/${name}`).sort(),
    );
    expect(readFileSync(join(installed, 'dist/THIRD-PARTY-LICENSES.txt'), 'utf8')).toMatch(/^zod \S+: MIT$/m);
    expect(packed.filter((path) => path.endsWith('.ts') || /^(harness|test|scripts|results)\//.test(path))).toEqual([]);
  });

  it('contains the client programs of the catalogue, and the files that images and the Go client are built from', () => {
    const files = ['docker/lab.Dockerfile', 'docker/go-client/main.go'];
    const clients = readdirSync(join(root, 'docker', 'clients')).map((name) => `docker/clients/${name}`);
    expect(packed).toEqual(expect.arrayContaining([...files, ...clients]));
  });

  it.each([
    'README.md',
    'CHANGELOG.md',
    'docs/report.md',
    'bench/README.md',
  ])('contains everything that %s links to', (page) => {
    expect(packed).toContain(page);
    const text = readFileSync(join(installed, page), 'utf8');
    const targets = [...text.matchAll(/\]\(([^)\s#]+)[^)]*\)/g)]
      .map((match) => match[1] as string)
      .filter((target) => !/^[a-z]+:/.test(target))
      .map((target) => normalize(join(dirname(page), target)));
    expect(
      targets.filter((target) => !packed.some((path) => path === target || path.startsWith(`${target}/`))),
    ).toEqual([]);
  });
});

describe('the installed command', () => {
  it('lists scenarios', async () => {
    const { stdout, exitCode } = await lab('scenario', '--list');
    expect(stdout).toMatch(/^ {2}short-conn {2,}\S/m);
    expect(exitCode).toBe(0);
  });

  it('prints its version, and its own name in --help', async () => {
    expect((await lab('--version')).stdout).toBe(manifest.version);
    expect((await lab('--help')).stdout).toMatch(/^ {2}timewait-lab scenario/m);
  });

  it('checks the machine, Docker included, and names itself in hints', async () => {
    const { stdout, stderr } = await lab('doctor');
    expect(stdout).toMatch(/runtime docker: /);
    expect(stdout + stderr).not.toContain('npm run');
    expect(stderr).not.toMatch(/Error/);
  });

  it('runs a scenario and writes its results to the current directory', async (context) => {
    const runtime = netnsRuntime();
    const { available, detail } = await runtime.availability();
    await runtime.close();
    requireOrSkip('netns', available ? null : detail, context);
    const load = ['--quick', '--rate', '600', '--duration', '2500ms', '--profiles', 'tw-reuse-0', '--no-fail'];
    const { stdout, exitCode } = await lab('scenario', 'short-conn', '--runtime', 'netns', ...load);
    expect({ stdout, exitCode }).toEqual({ stdout: expect.stringContaining('exhausted'), exitCode: 0 });
    const [folder] = readdirSync(join(app, 'results')) as [string];
    const report = JSON.parse(readFileSync(join(app, 'results', folder, 'report.json'), 'utf8'));
    expect(report.cells[0].verdict).toBe('exhausted');
    // HEAD here is a commit of the caller's repository, not of the lab.
    expect(report.run.gitSha).toBeNull();
    expect(report.host.versions['timewait-lab']).toBe(manifest.version);
    const page = readFileSync(join(app, 'results', folder, 'report.html'), 'utf8');
    expect(page).toContain('uPlot');
    expect(page).toContain('prefers-color-scheme');
  });
});
