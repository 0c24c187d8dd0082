import { plainText } from '../model/plain-text.ts';
import { marker } from './init-script.ts';

/** What the virtual machine said on its console, so far. */
export interface ConsoleState {
  /** `uname -r` and the seconds since its start; `null`: it has not got so far. */
  booted: { release: string; uptimeSec: number } | null;
  /** Exit code of the command inside, and when it ended; `null`: it has not ended. */
  ended: { code: number; uptimeSec: number } | null;
  /** Why it could not start the command. */
  failure: string | null;
  /** Optional modules that could not be loaded. */
  notLoaded: string[];
  panicked: boolean;
  /** The last lines, without the lab's own. */
  tail: string[];
}

export const keptLines = 12;
const longestLine = 300;
/** The lab names some thirty modules. */
const mostNotLoaded = 100;

/** Reads a console line by line; keeps the last lines only, each of bounded length and without control characters. */
export class ConsoleReader {
  readonly state: ConsoleState = {
    booted: null,
    ended: null,
    failure: null,
    notLoaded: [],
    panicked: false,
    tail: [],
  };
  private rest = '';

  /** Takes a chunk; returns whether a line of the lab was in it. */
  add(chunk: string): boolean {
    const lines = (this.rest + chunk).split('\n');
    this.rest = (lines.pop() ?? '').slice(-4096);
    let isOurs = false;
    for (const line of lines) isOurs = this.line(cleanLine(line)) || isOurs;
    return isOurs;
  }

  private line(line: string): boolean {
    if (line === '') return false;
    if (line.includes('Kernel panic')) this.state.panicked = true;
    const at = line.indexOf(marker);
    if (at < 0) {
      this.state.tail = [...this.state.tail, line].slice(-keptLines);
      return false;
    }
    const [what = '', ...rest] = line
      .slice(at + marker.length)
      .trim()
      .split(' ');
    const [first = '', second = ''] = rest;
    const uptimeSec = Number(second);
    // Anything inside may write to the console: what is not in the form of the lab's scripts is none of its lines.
    const isTimed = first !== '' && /^\d{1,9}(\.\d{1,9})?$/.test(second);
    if (what === 'booted' && isTimed) this.state.booted = { release: first, uptimeSec };
    else if (what === 'ended' && isTimed && /^\d{1,3}$/.test(first)) {
      this.state.ended = { code: Number(first), uptimeSec };
    } else if (what === 'failed') this.state.failure = rest.join(' ');
    else if (what === 'not-loaded' && this.state.notLoaded.length < mostNotLoaded)
      this.state.notLoaded.push(rest.join(' '));
    else return false;
    return true;
  }
}

/** Without escape sequences and control characters, which a console must not pass on to the caller's terminal. */
export function cleanLine(line: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is removed.
  const plain = line.replace(/\u001b\[[0-9;?]*[A-Za-z]/g, '').replace(/[\u0000-\u001f\u007f-\u009f]/g, '');
  // Characters that change the direction of text remain, and become visible.
  return plainText(plain.slice(0, longestLine));
}
