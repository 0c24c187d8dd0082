import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { profiles } from '../../../scenarios/profiles.ts';
import { scenarios } from '../../../scenarios/registry.ts';
import { components } from '../../components/table.ts';
import { plan } from '../../plan/plan.ts';
import { peerRequirements } from '../../plan/requirements.ts';
import {
  broughtBy,
  defaultBases,
  type ImageKind,
  imageKindFor,
  imageKinds,
  missingInImages,
  packageRoot,
  planImage,
} from './image-plan.ts';
import { dockerTraits } from './traits.ts';

const kind = imageKinds[0];
let root: string;

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'image-plan-'));
  mkdirSync(join(root, 'docker'));
  mkdirSync(join(root, 'dist'));
  writeFileSync(join(root, 'docker/lab.Dockerfile'), 'ARG BASE_IMAGE=node:22-bookworm-slim\nFROM base\n');
  writeFileSync(join(root, 'dist/agent.cjs'), 'one');
  writeFileSync(join(root, 'dist/cli.mjs'), 'not for containers');
});
afterEach(() => rmSync(root, { recursive: true }));

describe('planImage', () => {
  it('gives unchanged sources the same tag', () => {
    const first = planImage(kind, null, null, root);
    expect(first.tag).toMatch(/^timewait-lab\/lab:[0-9a-f]{12}$/);
    expect(planImage(kind, null, null, root).tag).toBe(first.tag);
    expect([...first.files.keys()]).toEqual(['Dockerfile', 'agent.cjs']);
  });

  it('gives a changed agent, base or base content another tag', () => {
    const tags = [planImage(kind, null, null, root).tag];
    const base = { BASE_IMAGE: 'b', NODE_IMAGE: 'b' };
    tags.push(planImage(kind, base, null, root).tag, planImage(kind, base, 'sha256:1', root).tag);
    writeFileSync(join(root, 'dist/agent.cjs'), 'two');
    tags.push(planImage(kind, null, null, root).tag);
    expect(new Set(tags).size).toBe(4);
  });

  it('asks for a build if the agent is missing', () => {
    rmSync(join(root, 'dist/agent.cjs'));
    expect(() => planImage(kind, null, null, root)).toThrowError(expect.objectContaining({ hint: 'npm run build' }));
  });

  it("copies an image's folder if it has one, and changes the tag with its contents", () => {
    const go: ImageKind = { name: 'lab', brings: [], folder: 'program' };
    mkdirSync(join(root, 'docker/program'));
    writeFileSync(join(root, 'docker/program/main.go'), 'one');
    const first = planImage(go, null, null, root);
    expect([...first.files.keys()]).toEqual(['Dockerfile', 'program/main.go', 'agent.cjs']);
    writeFileSync(join(root, 'docker/program/main.go'), 'two');
    expect(planImage(go, null, null, root).tag).not.toBe(first.tag);
  });

  it("reads the Dockerfile's own bases", () => {
    expect(defaultBases(planImage(kind, null, null, root))).toEqual([['BASE_IMAGE', 'node:22-bookworm-slim']]);
  });
});

it('chooses the image by the components that a peer needs', () => {
  const name = (needs: string[]): ImageKind['name'] => imageKindFor(needs).name;
  expect(name([])).toBe('lab');
  expect(name(['nft', 'nginx'])).toBe('lab');
  expect(name(['conntrack', 'tomcat'])).toBe('tomcat');
  expect(name(['go'])).toBe('go');
});

it('has an image for every peer of every scenario', () => {
  for (const scenario of scenarios) {
    for (const kind of Object.keys(scenario.peers)) {
      const needs = peerRequirements(scenario, kind);
      expect([...broughtBy([imageKindFor(needs)])], `${scenario.name} ${kind}`).toEqual(expect.arrayContaining(needs));
    }
  }
});

it('installs in each image the packages of what it brings, and has every image that a component names', () => {
  const names = imageKinds.map(({ name }) => name);
  for (const [component, { image }] of Object.entries(components)) {
    expect([...names, 'every', 'none'], component).toContain(image);
  }
  for (const { name, brings } of imageKinds) {
    const dockerfile = readFileSync(join(packageRoot(), 'docker', `${name}.Dockerfile`), 'utf8');
    // Debian's -core packages are the same programs without what starts them as a service.
    const packages = brings.flatMap((component) => components[component]?.packages ?? []);
    expect(packages.filter((one) => !dockerfile.includes(` ${one}`))).toEqual([]);
  }
});

it('skips what no built image contains, with the command that builds it', () => {
  const redisPing = scenarios.filter((one) => one.name === 'redis-ping');
  const input = { scenarios: redisPing, profiles, repetitions: 1, form: 'quick', overrides: { sysctls: {} } } as const;
  const runtime = { ...dockerTraits, explainMissing: missingInImages };
  const skips = (kinds: ImageKind[]) => {
    const planned = plan({ ...input, settable: null, runtime, present: broughtBy(kinds) });
    return planned.ok ? new Set(planned.cells.map((cell) => cell.skip)) : planned.issues;
  };
  const skip = { reason: 'no built image contains: redis', hint: expect.stringMatching(/^npm run images/) };
  expect([...skips([kind])][0]).toEqual(skip);
  expect(skips([...imageKinds])).toEqual(new Set([undefined]));
});

it('names the command that builds an image, and none for what no image can contain', () => {
  expect(missingInImages(['nginx', 'mariadb'])).toEqual({
    reason: 'no built image contains: nginx, mariadb',
    hint: expect.stringMatching(/^npm run images/),
  });
  expect(missingInImages(['nginx', 'slabinfo'])).toEqual({ reason: 'no built image contains: nginx, slabinfo' });
});

it('finds its checkout', () => {
  expect(() => packageRoot()).not.toThrow();
  expect(() => packageRoot('/')).toThrow(/no timewait-lab checkout/);
});
