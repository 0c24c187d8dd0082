import type { Exporter } from './exporter.ts';
import { markdown } from './markdown.ts';

const json: Exporter = {
  format: 'json',
  fileName: 'report.json',
  render: (view) => `${JSON.stringify(view.report, null, 1)}\n`,
};

/** All report formats; a new one is one file and one line here. */
export const exporters: readonly Exporter[] = [json, markdown];
