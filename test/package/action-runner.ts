import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { parse } from 'yaml';

export const root = join(import.meta.dirname, '..', '..');

interface Step {
  id?: string;
  name?: string;
  run?: string;
  'working-directory'?: string;
  env?: Record<string, string>;
}

interface Action {
  inputs: Record<string, { default?: string; required?: boolean }>;
  outputs: Record<string, { value: string }>;
  runs: { steps: Step[] };
}

export const action = parse(readFileSync(join(root, 'action.yml'), 'utf8')) as Action;

/** The results that the action passes to the job. */
export interface ActionResult {
  /** Exit code of the step that failed, or 0. */
  exitCode: number;
  log: string;
  summary: string;
  outputs: Record<string, string>;
}

/**
 * Runs the shell steps of action.yml in `workspace` as GitHub does: `bash -eo pipefail` on a script file, the step's
 * environment, GITHUB_OUTPUT and GITHUB_STEP_SUMMARY. Steps that use other actions are skipped.
 */
export async function runAction(workspace: string, given: Record<string, string>): Promise<ActionResult> {
  const files = mkdtempSync(join(tmpdir(), 'timewait-lab-action-'));
  const summaryFile = join(files, 'summary');
  writeFileSync(summaryFile, '');
  const values = new Map([['github.action_path', root]]);
  for (const [name, input] of Object.entries(action.inputs)) {
    values.set(`inputs.${name}`, given[name] ?? input.default ?? '');
  }
  const fillIn = (text: string) => text.replace(/\$\{\{ *([\w.-]+) *\}\}/g, (_, name) => values.get(name) ?? '');
  const result: ActionResult = { exitCode: 0, log: '', summary: '', outputs: {} };
  for (const [index, step] of action.runs.steps.entries()) {
    if (step.run === undefined) continue;
    const [script, outputFile] = [join(files, `${index}.sh`), join(files, `${index}.out`)];
    writeFileSync(script, step.run);
    writeFileSync(outputFile, '');
    const env = Object.fromEntries(Object.entries(step.env ?? {}).map(([name, text]) => [name, fillIn(text)]));
    const { exitCode, all } = await execa('bash', ['--noprofile', '--norc', '-eo', 'pipefail', script], {
      cwd: step['working-directory'] === undefined ? workspace : fillIn(step['working-directory']),
      env: { ...env, GITHUB_OUTPUT: outputFile, GITHUB_STEP_SUMMARY: summaryFile },
      reject: false,
      all: true,
    });
    result.log += `${all}\n`;
    for (const line of readFileSync(outputFile, 'utf8').split('\n').filter(Boolean)) {
      const at = line.indexOf('=');
      values.set(`steps.${step.id}.outputs.${line.slice(0, at)}`, line.slice(at + 1));
    }
    result.exitCode = exitCode ?? 1;
    if (exitCode !== 0) break;
  }
  result.summary = readFileSync(summaryFile, 'utf8');
  for (const [name, { value }] of Object.entries(action.outputs)) result.outputs[name] = fillIn(value);
  return result;
}
