import type { MeasuredCell } from '../../model/report.ts';
import { defaultPortRange } from '../../model/sysctls.ts';

const defaultRange = `${defaultPortRange.low} ${defaultPortRange.high}`;

/**
 * The settings of each cell that others do not have, at real size, as short as a table allows: `tcp_tw_reuse=0`, or
 * `lb: tcp_tw_reuse=0` where not all of its peers have it. Empty for a cell that has none, or was not measured. Pure.
 */
export function distinctSettings(cells: readonly (MeasuredCell | null)[]): string[] {
  const all = cells.map((cell) => (cell === null ? [] : settingsOf(cell)));
  const measured = all.filter((_, i) => cells[i] !== null);
  const isShared = (text: string) => measured.every((texts) => texts.includes(text));
  return all.map((texts) => texts.filter((text) => !isShared(text)).join(', '));
}

function settingsOf({ peers }: MeasuredCell): string[] {
  const texts = Object.values(peers).map(({ sysctls: { requested, unscaled = {} } }) =>
    Object.entries(requested)
      // The default range, which only the quick form changed, is nobody's setting.
      .filter(([key]) => unscaled[key] !== defaultRange)
      .map(([key, value]) => `${key.replace(/^net\.ipv4\./, '')}=${unscaled[key] ?? value}`),
  );
  const roles = Object.keys(peers);
  return [...new Set(texts.flat())].map((text) => {
    const having = roles.filter((_, i) => texts[i]?.includes(text));
    return having.length === roles.length ? text : `${having.join(' and ')}: ${text}`;
  });
}
