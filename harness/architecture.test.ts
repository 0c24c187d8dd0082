import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { Imports } from '../test/rooms/check.ts';
import { importsOf } from '../test/rooms/imports.ts';
import { readRooms } from '../test/rooms/table.ts';

const root = join(import.meta.dirname, '..');
const architecture = readFileSync(join(root, 'ARCHITECTURE.md'), 'utf8');

/** Sources of harness/ and scenarios/, tests left out: they may import what they like. */
function sources(): Map<string, string> {
  const files = ['harness', 'scenarios'].flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' }).map((name) => `${folder}/${name}`),
  );
  const ours = files.filter((file) => file.endsWith('.ts') && !file.endsWith('.test.ts'));
  return new Map(ours.map((file) => [file, readFileSync(join(root, file), 'utf8')]));
}

const pureRooms = ['model', 'expression', 'plan', 'analysis', 'report'].map((name) => `harness/${name}`);

describe('the rooms of ARCHITECTURE.md', () => {
  const imports = new Imports(sources());
  const rooms = readRooms(architecture);

  it('are all there, and import what the table says', () => {
    expect(rooms.map(({ path }) => path)).toEqual(expect.arrayContaining(pureRooms));
    expect(imports.againstTable(rooms)).toEqual([]);
  });

  it('engines know nothing of each other, nor do servers', () => {
    expect(imports.betweenSiblings(['harness/load', 'harness/servers'])).toEqual([]);
  });

  it('reach no file, process, socket or clock from model, expression, plan, analysis or report, by any way', () => {
    expect(imports.impureWays(pureRooms)).toEqual([]);
  });
});

describe('the check itself', () => {
  const table = [
    '| `harness/model` | types | nothing of ours |',
    '| `harness/load` | engines | model |',
    '| `harness/plan` | cells | model, load (pure) |',
    '| `harness/cli` | commands | all but load |',
    '| `scenarios` | data | model |',
  ].join('\n');
  const rooms = readRooms(table);
  const made = (files: Record<string, string>) =>
    new Imports(new Map(Object.entries({ 'harness/model/a.ts': '', ...files })));

  it('finds an import that the table does not allow, a type import too, with file, line and both rooms', () => {
    const wrong = made({
      'harness/load/x.ts': "import { a } from '../model/a.ts';\n\nimport type { P } from '../plan/p.ts';\n",
      'harness/plan/p.ts': "export { a } from '../model/a.ts';\n",
      'harness/cli/c.ts': "const load = () => import('../load/x.ts');\n",
      'scenarios/s.ts': "import {\n  type A,\n  b,\n} from '../harness/plan/p.ts';\n",
      'harness/attic/old.ts': '',
    });
    expect(wrong.againstTable(rooms)).toEqual([
      'harness/load/x.ts:3  harness/load → harness/plan  (harness/plan/p.ts)',
      'harness/cli/c.ts:1  harness/cli → harness/load  (harness/load/x.ts)',
      'scenarios/s.ts:1  scenarios → harness/plan  (harness/plan/p.ts)',
      'harness/attic/old.ts  is in no room of the table',
    ]);
  });

  const engine = {
    'harness/load/traits.ts': "import type { Child } from './engine.ts';\n",
    'harness/load/engine.ts': "import { spawn } from 'node:child_process';\n",
    'harness/load/list.ts': "import './engine.ts';\n",
  };

  it('lets pure files of a room be imported, and no others', () => {
    const plan = (name: string) => ({ ...engine, 'harness/plan/p.ts': `import { x } from '../load/${name}.ts';\n` });
    expect(made(plan('traits')).againstTable(rooms)).toEqual([]);
    const [found] = made(plan('list')).againstTable(rooms);
    expect(found).toBe(
      'harness/plan/p.ts:1  harness/plan → harness/load  ' +
        '(not pure: harness/load/list.ts:1 → harness/load/engine.ts:1 → node:child_process)',
    );
    expect(
      made({ ...engine, 'harness/plan/p.ts': "import type { x } from '../load/list.ts';\n" }).againstTable(rooms),
    ).toEqual([]);
  });

  it('finds the way to something impure', () => {
    const files = {
      ...engine,
      'harness/plan/p.ts': "import { x } from './q.ts';\n",
      'harness/plan/q.ts': "\nimport { x } from '../load/list.ts';\n",
      'harness/plan/own.ts': "import { readFileSync } from 'fs';\n",
      'harness/plan/types.ts': "import type { Socket } from 'node:net';\n",
    };
    expect(made(files).impureWays(['harness/plan'])).toEqual([
      'harness/plan/p.ts:1 → harness/plan/q.ts:2 → harness/load/list.ts:1 → harness/load/engine.ts:1 → node:child_process',
      'harness/plan/q.ts:2 → harness/load/list.ts:1 → harness/load/engine.ts:1 → node:child_process',
      'harness/plan/own.ts:1 → fs',
    ]);
  });

  it('finds engines that know of each other', () => {
    const files = {
      'harness/load/a/engine.ts': "import { x } from '../b/tally.ts';\nimport { y } from '../counts.ts';\n",
      'harness/load/b/tally.ts': '',
      'harness/load/counts.ts': '',
    };
    expect(made(files).betweenSiblings(['harness/load'])).toEqual([
      'harness/load/a/engine.ts:1  harness/load/a → harness/load/b',
    ]);
  });

  it('reads imports of every form, and none in comments', () => {
    const text = [
      "import type { A } from './a.ts';",
      "import b, { c } from './b.ts';",
      "import * as d from 'node:fs';",
      "export type { E } from '../e.ts';",
      "export * from './f.ts';",
      "// import { g } from './g.ts';",
      "/* import('./h.ts') */",
      "export const text = 'from here';",
      "const late = await import('execa');",
    ].join('\n');
    expect(importsOf('harness/x/y.ts', text).map(({ line, target, isValue }) => [line, target, isValue])).toEqual([
      [1, 'harness/x/a.ts', false],
      [2, 'harness/x/b.ts', true],
      [3, 'node:fs', true],
      [4, 'harness/e.ts', false],
      [5, 'harness/x/f.ts', true],
      [9, 'execa', true],
    ]);
  });
});
