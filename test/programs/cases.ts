import { endings } from './cases/endings.ts';
import { languages } from './cases/languages.ts';
import { patterns } from './cases/patterns.ts';
import { tools } from './cases/tools.ts';
import { tracedPrograms } from './cases/traced.ts';
import type { ProgramCase } from './program-case.ts';

/** Client programs as people write them, each under a setting, with what is known of it without the lab. */
export const programCases: readonly ProgramCase[] = [
  ...patterns,
  ...languages,
  ...endings,
  ...tools,
  ...tracedPrograms,
];
