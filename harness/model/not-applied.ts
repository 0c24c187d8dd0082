const mark = ': not applied, ';

/** The note on a setting of a file that no peer gets: `sysctl.conf:2: KEY = 1: not applied, removed: …`. */
export function notAppliedNote(setting: string, fate: string, why: string): string {
  return `${setting}${mark}${fate}: ${why}`;
}

/** Whether a cell's note says so: its figures are without that setting. */
export function isNotApplied(note: string): boolean {
  return note.includes(mark);
}
