import type { Exporter } from '../exporter.ts';

/** report.json: the contract for programs; see docs/report.md. */
export const json: Exporter = {
  format: 'json',
  fileName: 'report.json',
  render: (view) => `${JSON.stringify(view.report, null, 1)}\n`,
};
