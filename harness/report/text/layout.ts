import CliTable from 'cli-table3';

/** A table without lines, two spaces between columns. `indent`: spaces before the first column. */
export function plainTable(aligns: ('left' | 'right')[], indent = 1): CliTable.Table {
  const sides = ['top', 'bottom', 'left', 'right', 'mid'];
  const ends = sides.flatMap((side) => [side, `${side}-mid`, `${side}-left`, `${side}-right`]);
  return new CliTable({
    chars: { ...Object.fromEntries(ends.map((name) => [name, ''])), 'left-mid': '', 'mid-mid': '', middle: '  ' },
    colAligns: aligns,
    style: { 'padding-left': indent, 'padding-right': 0, head: [], border: [], compact: true },
  });
}

/** Breaks at spaces so that no line is wider; what follows is indented. Escape codes take no room. */
export function wrap(text: string, width: number, indent: number): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: the escape codes of colours
  const length = (word: string) => word.replace(/\u001b\[[0-9;]*m/g, '').length;
  const [, lead = '', body = ''] = /^(\s*)(.*)$/s.exec(text) ?? [];
  const lines: string[] = [];
  let line = lead;
  let used = lead.length;
  let empty = true;
  for (const word of body.split(' ')) {
    if (!empty && used + 1 + length(word) > width) {
      lines.push(line);
      line = ' '.repeat(indent);
      used = indent;
      empty = true;
    }
    line += empty ? word : ` ${word}`;
    used += length(word) + (empty ? 0 : 1);
    empty = false;
  }
  return [...lines, line].join('\n');
}
