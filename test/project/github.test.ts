import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { z } from 'zod';
import { readGates } from '../../harness/analysis/gates/gate.ts';

const root = join(import.meta.dirname, '..', '..');
const yamlIn = (folder: string) => readdirSync(join(root, folder)).map((name) => `${folder}/${name}`);

const read = (path: string) => readFileSync(join(root, path), 'utf8');

const files = ['action.yml', ...yamlIn('.github/workflows')];

interface Step {
  uses?: string;
  run?: string;
  with?: Record<string, unknown>;
}

/** Steps of an action or of all jobs of a workflow. */
function stepsOf(path: string): Step[] {
  const file = parse(read(path)) as { runs?: { steps: Step[] }; jobs?: Record<string, { steps: Step[] }> };
  return file.runs?.steps ?? Object.values(file.jobs ?? {}).flatMap((job) => job.steps);
}

describe.each(files)('%s', (path) => {
  it('is valid', () => {
    const validator = join(root, 'node_modules/@action-validator/cli/cli.mjs');
    expect(() => execFileSync(process.execPath, [validator, join(root, path)], { encoding: 'utf8' })).not.toThrow();
  });

  it('pins third-party actions to a commit and names the version', () => {
    const uses = read(path).match(/uses: (?!\.\/).*/g) ?? [];
    expect(uses.filter((line) => !/^uses: [\w/-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$/.test(line))).toEqual([]);
  });

  it('leaves no token in a checkout', () => {
    const checkouts = stepsOf(path).filter((step) => step.uses?.startsWith('actions/checkout@'));
    expect(checkouts.filter((step) => step.with?.['persist-credentials'] !== false)).toEqual([]);
  });

  it('passes values to scripts through the environment, never in their text', () => {
    expect(stepsOf(path).filter((step) => step.run?.includes('${{'))).toEqual([]);
  });
});

describe('docs/nightly.md', () => {
  const page = read('docs/nightly.md');

  it('lists the inputs and outputs of the action', () => {
    const { inputs, outputs } = parse(read('action.yml')) as Record<'inputs' | 'outputs', Record<string, unknown>>;
    expect([...page.matchAll(/^\| `([\w-]+)` \|/gm)].map((match) => match[1])).toEqual(Object.keys(inputs));
    const listed = /^Outputs: ([^.]*\S)/m.exec(page)?.[1] ?? '';
    for (const name of Object.keys(outputs)) expect(listed).toContain(`\`${name}\``);
  });

  it('shows valid gates', () => {
    const gates = /^```yaml\n(gates:\n[^`]*)```/m.exec(page)?.[1] ?? '';
    expect(readGates(gates, 'docs/nightly.md')).toHaveLength(3);
  });
});

it('never runs install scripts of dependencies', () => {
  const installs = [...files, '.ci/run'].flatMap((path) => read(path).match(/npm (ci|i|install)\b.*/g) ?? []);
  expect(installs.length).toBeGreaterThan(2);
  expect(installs.filter((line) => !/--ignore-scripts|--offline/.test(line))).toEqual([]);
});

const field = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('markdown'), attributes: z.strictObject({ value: z.string().min(1) }) }),
  z.strictObject({
    type: z.enum(['input', 'textarea']),
    id: z.string().regex(/^[\w-]+$/),
    attributes: z.strictObject({
      label: z.string().min(1),
      description: z.string().optional(),
      placeholder: z.string().optional(),
      render: z.string().optional(),
    }),
    validations: z.strictObject({ required: z.boolean() }).optional(),
  }),
]);
const form = z.strictObject({
  name: z.string().min(1),
  description: z.string().min(1),
  title: z.string().optional(),
  labels: z.array(z.string()).optional(),
  body: z.array(field).min(1),
});

describe('issue forms', () => {
  const forms = yamlIn('.github/ISSUE_TEMPLATE').filter((path) => !path.endsWith('/config.yml'));

  it.each(forms)('%s is a form with unique field names', (path) => {
    const { body } = form.parse(parse(read(path)));
    const ids = body.flatMap((one) => (one.type === 'markdown' ? [] : [one.id]));
    expect(new Set(ids).size).toBe(ids.length);
  });
});
