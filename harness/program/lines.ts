/** Longest line that is kept whole; a program under test may print for ever without a line's end. */
const mostPerLine = 64 * 1024;
/** What is kept of the end of a program's output. */
const mostInTail = 8000;
const mostPerTailLine = 500;

/** Cuts a stream of text into lines; what exceeds the longest line is dropped up to its end. */
export class LineSplitter {
  private rest = '';
  private isCut = false;
  private readonly onLine: (line: string) => void;

  constructor(onLine: (line: string) => void) {
    this.onLine = onLine;
  }

  push(text: string): void {
    const parts = text.split('\n');
    for (const [index, part] of parts.entries()) {
      this.add(part);
      if (index < parts.length - 1) this.end();
    }
  }

  /** A line that its end is missing of is a line all the same. */
  end(): void {
    if (this.rest !== '') this.onLine(this.rest.endsWith('\r') ? this.rest.slice(0, -1) : this.rest);
    this.rest = '';
    this.isCut = false;
  }

  private add(part: string): void {
    if (this.isCut) return;
    const room = mostPerLine - this.rest.length;
    this.isCut = part.length > room;
    this.rest += this.isCut ? part.slice(0, room) : part;
  }
}

/** The last whole lines of a program's output, for messages: bounded, without control characters. */
export class Tail {
  private readonly lines: string[] = [];
  private length = 0;

  add(line: string): void {
    const text = line.trimEnd();
    // biome-ignore lint/suspicious/noControlCharactersInRegex: a program's escape sequences are not for our terminal
    const clean = text.replace(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/g, '');
    if (clean === '') return;
    const kept = clean.length > mostPerTailLine ? `${clean.slice(0, mostPerTailLine)}…` : clean;
    this.lines.push(kept);
    this.length += kept.length;
    while (this.length > mostInTail) this.length -= this.lines.shift()?.length ?? 0;
  }

  /** The last `count` lines, oldest first. */
  last(count: number): string[] {
    return this.lines.slice(-count);
  }
}
