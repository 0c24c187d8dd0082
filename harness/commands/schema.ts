import { join } from 'node:path';
import { type ExitCode, exitCode } from '../model/errors.ts';
import { jsonSchemas } from '../model/json-schemas.ts';
import { makeFolder, writeWholeFile } from '../rights/safe-files.ts';

/** Writes the JSON Schemas of reports, journals, gates and scenario files. */
export async function schemaCommand({ out }: { out: string }): Promise<ExitCode> {
  makeFolder(out, 'umask');
  for (const [name, schema] of Object.entries(jsonSchemas())) {
    writeWholeFile(join(out, `${name}.schema.json`), `${JSON.stringify(schema, null, 2)}\n`, () => {}, 'umask');
  }
  process.stdout.write(`${out}\n`);
  return exitCode.ok;
}
