import { exitCode, HarnessError, validationError } from '../../model/errors.ts';

export type Json = Record<string, unknown>;
/** From one version to the next. Pure; sees one report, or one line of a journal. */
export type Migration = (content: Json) => Json;

/** A file format that changes over time: older files are brought up to date, newer ones are refused. */
export interface VersionedFormat {
  /** For messages and error codes: `report`, `journal`. */
  name: string;
  versionField: string;
  current: number;
  /** By the version that they start from; there is one for every version before the current one. */
  migrations: ReadonlyMap<number, Migration>;
}

/**
 * All steps from `version` to the current one as a single function; it does not touch the version itself.
 * Errors, all exit code 2: no version, a newer one (its fields may mean something else), or one without a migration.
 */
export function migrationFrom(version: unknown, format: VersionedFormat, file: string): Migration {
  const { name, versionField, current, migrations } = format;
  if (typeof version !== 'number' || !Number.isInteger(version) || version < 1) {
    throw validationError([
      {
        field: `${file}: ${versionField}`,
        message: `not a ${name}: ${versionField} is missing`,
        hint: `pass a run folder or its ${name}`,
      },
    ]);
  }
  const code = name.toUpperCase();
  if (version > current) {
    const message = `${file} has version ${version}, this lab reads versions up to ${current}`;
    const hint = 'read it with the version of timewait-lab that wrote it, or a newer one';
    throw new HarnessError(`${code}_TOO_NEW`, message, { exitCode: exitCode.usage, hint });
  }
  const steps = Array.from({ length: current - version }, (_, i) => migrations.get(version + i));
  return (content) =>
    steps.reduce<Json>((migrated, step) => {
      if (step !== undefined) return step(migrated);
      throw new HarnessError(`${code}_TOO_OLD`, `${file} has version ${version}, which cannot be migrated`, {
        exitCode: exitCode.usage,
      });
    }, content);
}

/** The content as the current version would have written it. Errors: as `migrationFrom`. */
export function upToDate(content: Json, format: VersionedFormat, file: string): Json {
  const { versionField, current } = format;
  return { ...migrationFrom(content[versionField], format, file)(content), [versionField]: current };
}

/** The objects of a list; empty if it is not a list. */
export function list(value: unknown): Json[] {
  return Array.isArray(value) ? value.filter(isJson) : [];
}

export function isJson(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
