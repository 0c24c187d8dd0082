import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { markdownTable } from 'markdown-table';
import { readMachine } from '../harness/probe/host.ts';

/** Prints the table and keeps it, with the machine's facts, in bench/results/NAME.{json,md}. */
export function keep(
  name: string,
  header: string[],
  rows: (string | number)[][],
  raw: unknown,
  notes: string[] = [],
): void {
  const folder = join(process.cwd(), 'bench', 'results');
  mkdirSync(folder, { recursive: true });
  const machine = readMachine();
  const date = new Date().toISOString().slice(0, 10);
  const table = markdownTable([header, ...rows.map((row) => row.map(String))]);
  const facts = `Linux ${machine.kernel?.split('-')[0]}, ${machine.cores} × ${machine.cpu}, Node ${process.version}, ${date}`;
  console.log(`${table}\n${notes.join('\n')}`);
  writeFileSync(join(folder, `${name}.md`), `${[`# ${name}`, facts, table, ...notes].join('\n\n')}\n`);
  writeFileSync(
    join(folder, `${name}.json`),
    `${JSON.stringify({ machine, node: process.version, date, raw }, null, 1)}\n`,
  );
}
