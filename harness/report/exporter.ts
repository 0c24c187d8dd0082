import type { ReportView } from './view.ts';

/** One report format. Pure: the same view gives the same text. */
export interface Exporter {
  /** Name for `--format`. */
  format: string;
  /** Name of the file in the run's folder. */
  fileName: string;
  render(view: ReportView): string;
}
