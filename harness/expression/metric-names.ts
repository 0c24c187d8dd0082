import { peerGroups } from '../model/metrics.ts';

/**
 * Metric names contain dots, dashes and digits that an expression parser would read as operators, so each word is
 * replaced by `$0`, `$1`, … before parsing. Quoted strings stay as they are.
 */
export function placeholders(text: string): { source: string; words: string[] } {
  const words: string[] = [];
  const source = text.replace(token, (match, quoted: string | undefined) => {
    if (quoted !== undefined) return match;
    words.push(match);
    return `$${words.length - 1}`;
  });
  return { source, words };
}

/** `web-1.timeWait.peak`: a dash belongs to a role only if a group of a peer's metrics follows. */
const { plain, open } = peerGroups();
const token = new RegExp(
  [
    `("[^"]*"|'[^']*')`,
    `(?<![\\w.$])[a-z][a-z0-9-]{0,14}\\.(?:${open.join('|')})\\.[A-Za-z0-9_.:-]*[A-Za-z0-9_]`,
    `(?<![\\w.$])[a-z][a-z0-9-]{0,14}\\.(?:${[...plain, ...open].join('|')})(?:\\.\\w+)*`,
    `(?<![\\w.$])closedFirst\\.[a-z][a-z0-9-]*`,
    `(?<![\\w.$])[A-Za-z_]\\w*(?:\\.\\w+)*`,
  ].join('|'),
  'g',
);
