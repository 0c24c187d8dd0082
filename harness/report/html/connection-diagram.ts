import { type End, ends, type Packet } from '../../analysis/cell/close-sequence.ts';
import type { OneConnection } from '../../analysis/cell/one-connection.ts';
import type { MeasuredCell } from '../../model/report.ts';
import { connectionGroups } from '../connection-groups.ts';
import {
  type ConnectionRow,
  changedStates,
  connectionNotes,
  connectionRows,
  connectionText,
  isPacket,
  stateText,
} from '../connection-rows.ts';
import { type Markup, markup } from './markup.ts';

/** In units of the drawing, which is as wide as the page allows: texts stay readable at 360 px. */
const width = 352;
const lineAt: Record<End, number> = { opener: 112, acceptor: 240 };
const rowHeight = 24;
const top = 44;

/** How one connection of a scenario goes, folded; a figure for each different way. `null`: no cell shows it. */
export function connectionDiagrams(cells: readonly { name: string; cell: MeasuredCell }[]): Markup | null {
  const groups = connectionGroups(cells);
  if (groups.length === 0) return null;
  return markup`
<details class="connection"><summary>One connection, packet by packet</summary>
<div class="columns">${groups.map((group) => markup`<figure>${diagram(group.one)}<figcaption class="legend">${connectionNotes(group).join(' ')}</figcaption></figure>`)}</div>
</details>`;
}

/** A sequence diagram: a line for each end, an arrow for each packet, the states beside the lines. */
function diagram(one: OneConnection): Markup {
  const rows = connectionRows(one);
  const y = (index: number) => top + index * rowHeight;
  const height = y(rows.length) + 4;
  return markup`<svg viewBox="0 0 ${width} ${height}" role="img" aria-label="${connectionText(one)}">
${ends.map((end) => lifeline(one, end, rows, y))}
${arrows(rows.flatMap((row, i) => (isPacket(row) ? [arrowOf(row, y(i))] : [])))}
${rows.map((row, i) => !isPacket(row) && markup`<text x="${width / 2}" y="${y(i) + 3}">${row.text}</text>`)}
</svg>`;
}

/** A line from the name of the end to the bottom, thick while it is in TIME_WAIT, and its states where they change. */
function lifeline(one: OneConnection, end: End, rows: readonly ConnectionRow[], y: (index: number) => number): Markup {
  const x = lineAt[end];
  const textX = end === 'opener' ? x - 8 : x + 8;
  const changes = changedStates(rows, end).flatMap((state, i) => (state === null ? [] : [{ state, i }]));
  const bottom = y(rows.length);
  const timeWait = changes.find(({ state }) => state === 'TIME_WAIT');
  const closed = changes.find(({ state }) => state === 'CLOSED');
  const until = closed === undefined ? bottom : y(closed.i);
  return markup`<g class="${end}"><text class="end" x="${x}" y="16">${one.ends[end]}</text><path d="M${x} 24V${until}"></path>${timeWait !== undefined && markup`<path class="waits" d="M${x} ${y(timeWait.i)}V${bottom}"></path>`}${changes.map(({ state, i }) => markup`<text ${state === 'TIME_WAIT' && markup`class="waits" `}x="${textX}" y="${y(i) + 4}">${stateText(state)}</text>`)}</g>`;
}

interface Arrow {
  x1: number;
  y1: number;
  x2: number;
  y2: number;
  text: string;
}

/** Two packets that cross start at the height of the first and arrive at that of the second. */
function arrowOf({ from, text, crosses }: Packet, y: number): Arrow {
  return {
    x1: lineAt[from],
    y1: crosses === 'previous' ? y - rowHeight : y,
    x2: lineAt[from === 'opener' ? 'acceptor' : 'opener'],
    y2: crosses === 'next' ? y + rowHeight : y,
    text,
  };
}

/** All arrows as two paths and their texts, which keeps a page of many scenarios small. */
function arrows(list: readonly Arrow[]): Markup {
  const lines = list.map(({ x1, y1, x2, y2 }) => `M${x1} ${y1}L${x2} ${y2}`).join('');
  const heads = list.map(({ x1, y1, x2, y2 }) => {
    const length = Math.hypot(x2 - x1, y2 - y1);
    const [along, across] = [(x2 - x1) / length, (y2 - y1) / length];
    const corner = (side: number) => [-8 * along - side * 4 * across, -8 * across + side * 4 * along].map(Math.round);
    const [first = [], second = []] = [corner(1), corner(-1)];
    return `M${x2} ${y2}l${first.join(' ')}L${x2 + (second[0] ?? 0)} ${y2 + (second[1] ?? 0)}z`;
  });
  return markup`<path d="${lines}"></path><path class="heads" d="${heads.join('')}"></path>${list.map(({ x1, y1, x2, y2, text }) => markup`<text x="${y1 === y2 ? (x1 + x2) / 2 : x1 + Math.sign(x2 - x1) * 26}" y="${y1 - 4}">${text}</text>`)}`;
}
