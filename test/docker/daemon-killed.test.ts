import { existsSync, mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Report } from '../../harness/model/report.ts';
import { debootstrapBase } from '../../harness/runtime/docker/image-plan.ts';
import { imageId } from '../../harness/runtime/docker/images.ts';
import { label } from '../../harness/runtime/docker/ownership.ts';
import { cli, realDaemon, root, until } from './daemon.ts';
import { OwnDaemon } from './own-daemon.ts';

const { api, image } = realDaemon();
const own = new OwnDaemon();
/** Longer than a run may take to notice that its daemon is gone. */
const boundMs = 60_000;

let hasDaemon = false;
beforeAll(async () => {
  if (image() === '') return;
  await own.start();
  // Plans name an image by its base, so that the base has to be there too.
  const base = (await imageId(api(), debootstrapBase)) === null ? [] : [debootstrapBase];
  await own.copyImages(api().endpoint.address, [image(), ...base]);
  hasDaemon = true;
}, 300_000);
afterAll(() => own.remove(), 60_000);

const env = { DOCKER_HOST: own.address };
const command = (args: string[]) => execa('node', [cli, ...args], { cwd: root, reject: false, env });
const filters = { label: [label.run] };

it('a killed daemon fails the run with exit code 4; when it is back nothing is left', async (context) => {
  if (!hasDaemon) return context.skip('no daemon to copy images from');
  const out = join(mkdtempSync(join(tmpdir(), 'timewait-lab-')), 'run');
  const settings = ['--quick', '--duration', '60s', '--profiles', 'tw-reuse-0,tw-reuse-1', '--parallel', '1'];
  const run = command(['scenario', 'short-conn', ...settings, '--runtime', 'docker', '--out', out]);
  const loads = async () => readFileSync(join(out, 'journal.ndjson'), 'utf8').includes('"type":"load"');
  await until('the load runs', () => loads().catch(() => false), 60_000);
  const pids = await own.pidsInContainers();
  expect(pids.length).toBeGreaterThan(0);
  await own.kill();
  const ended = await Promise.race([run, new Promise((resolve) => setTimeout(resolve, boundMs, null))]);
  expect(ended, `the run ends within ${boundMs / 1000} s of its daemon`).not.toBeNull();
  const { exitCode, stderr } = await run;
  expect(exitCode).toBe(4);
  expect(stderr).not.toMatch(/\n +at /);
  const { cells } = JSON.parse(readFileSync(join(out, 'report.json'), 'utf8')) as Report;
  expect(cells).toMatchObject([
    { verdict: 'failed', reason: expect.stringMatching(/daemon|container/) },
    { verdict: 'failed', reason: expect.stringMatching(/daemon/) },
  ]);

  const running = () => pids.filter((pid) => existsSync(`/proc/${pid}/exe`));
  await until('the agents have ended', async () => running().length === 0, 30_000);
  await own.start();
  const clean = await command(['clean']);
  expect(clean.stderr).toBe('');
  expect(clean.exitCode).toBe(0);
  expect(await own.docker.listContainers({ all: true, filters })).toEqual([]);
  expect(await own.docker.listNetworks({ filters })).toEqual([]);
  // The daemon removes the links of ended containers in its own time.
  await until('the links are removed', async () => own.links().length === 0, 30_000);
}, 240_000);
