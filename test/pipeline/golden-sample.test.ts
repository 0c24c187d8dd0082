import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { exporters } from '../../harness/report/exporters.ts';
import { readRunFolder } from '../../harness/run/run-reader.ts';

/**
 * results/sample is a real run as it was committed: its journal, read again, must give the same reports to the byte.
 * Where a change of the reports is meant, `npm run report -- results/sample` writes them again.
 */
const folder = fileURLToPath(new URL('../../results/sample/', import.meta.url));
const { view } = (await readRunFolder(folder)).result();

it.each(['json', 'markdown', 'html', 'junit'])('the %s report of the sample run matches its journal', (format) => {
  const exporter = exporters.find((one) => one.format === format);
  expect(exporter?.render(view)).toBe(readFileSync(`${folder}${exporter?.fileName}`, 'utf8'));
});
