import type { CellTimelines, Series } from '../../analysis/journal/timelines.ts';
import { plainText } from '../../model/plain-text.ts';
import type { Exporter } from '../exporter.ts';
import type { ReportView } from '../view.ts';

/**
 * The samples, long form (RFC 4180): `cell,role,seconds,series,value`, one reading per line, in the order of cells,
 * roles and series. Seconds count from the beginning of the load. What was not read has no line.
 */
export const csv: Exporter = { format: 'csv', fileName: 'samples.csv', render };

function render(view: ReportView): string {
  const lines = ['cell,role,seconds,series,value'];
  for (const cell of view.timelines.values()) {
    for (const [role, series, t, values] of seriesOf(cell)) {
      const head = `${quoted(cell.cell)},${quoted(role)},`;
      const name = `,${quoted(series)},`;
      for (let i = 0; i < values.length; i++) {
        const value = values[i];
        if (value !== null && value !== undefined) lines.push(`${head}${t[i]}${name}${value}`);
      }
    }
  }
  return `${lines.join('\r\n')}\r\n`;
}

type Column = [role: string, series: string, t: readonly number[], values: Series];

function seriesOf(cell: CellTimelines): Column[] {
  const columns: Column[] = [];
  for (const [role, peer] of Object.entries(cell.peers)) {
    for (const [name, values] of Object.entries(peer.sampled)) columns.push([role, name, peer.t, values]);
    for (const [state, values] of Object.entries(peer.states.counts)) {
      columns.push([role, `states.${state}`, peer.states.t, values]);
    }
    for (const [gauge, values] of Object.entries(peer.gauges.values)) {
      columns.push([role, `gauges.${gauge}`, peer.gauges.t, values]);
    }
  }
  for (const [role, { t, failuresPerSec, ...series }] of Object.entries(cell.loads)) {
    for (const [name, values] of Object.entries(series)) columns.push([role, `load.${name}`, t, values]);
    for (const [errno, values] of Object.entries(failuresPerSec)) {
      columns.push([role, `load.failuresPerSec.${errno}`, t, values]);
    }
  }
  return columns;
}

/** Quoted where needed; a leading = + - @ would be a formula in a spreadsheet, after white space too. */
function quoted(text: string): string {
  const plain = plainText(text);
  const safe = /^[=+\-@ ]/.test(plain) ? `'${plain}` : plain;
  return /[",\r\n]/.test(safe) ? `"${safe.replace(/"/g, '""')}"` : safe;
}
