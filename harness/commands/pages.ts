import { join } from 'node:path';
import { scenarios } from '../../scenarios/registry.ts';
import { readReports } from '../cli/report-files.ts';
import { type ExitCode, exitCode } from '../model/errors.ts';
import { scenarioPage } from '../report/text/scenario-page.ts';
import { makeFolder, writeWholeFile } from '../rights/safe-files.ts';

/** Writes a documentation page for each scenario of a run: text from the scenario's file, figures from the run. */
export async function pagesCommand({ run, out }: { run: string; out: string }): Promise<ExitCode> {
  const [report] = await readReports([run]);
  makeFolder(out, 'umask');
  for (const scenario of scenarios) {
    if (report === undefined || !report.cells.some((cell) => cell.scenario === scenario.name)) continue;
    writeWholeFile(
      join(out, `${scenario.name}.md`),
      scenarioPage(scenario, report, 'npm run pages -- RUN'),
      () => {},
      'umask',
    );
    process.stdout.write(`${join(out, `${scenario.name}.md`)}\n`);
  }
  return exitCode.ok;
}
