/** Number of single-character edits (insert, delete, replace, swap of neighbours) between two words. */
export function editDistance(a: string, b: string): number {
  let beforeLast: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const same = a[i - 1] === b[j - 1];
      let best = Math.min(at(last, j) + 1, at(row, j - 1) + 1, at(last, j - 1) + (same ? 0 : 1));
      const swapped = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1];
      if (swapped) best = Math.min(best, at(beforeLast, j - 2) + 1);
      row.push(best);
    }
    beforeLast = last;
    last = row;
  }
  return at(last, b.length);
}

/** No name that the lab knows is longer; the distance of two long words takes quadratic time. */
const longest = 100;

/** User input as shown in a message: at most this many characters of it, 60 by default. */
export function shortened(word: string, most = 60): string {
  return word.length <= most ? word : `${word.slice(0, most - 3)}… (${word.length} characters)`;
}

/**
 * The candidates closest to `word`, best first, at most `limit`. Case is ignored; a candidate that is more than half a
 * word away, or more than twice as far as the best one, is left out. None for a word of more than 100 characters.
 */
export function nearest(word: string, candidates: Iterable<string>, limit = 3): string[] {
  if (word.length > longest) return [];
  const lower = word.toLowerCase();
  const scored = [...new Set(candidates)].map((name) => {
    const full = editDistance(lower, name.toLowerCase());
    // `timeWait.peak` is meant as `client.timeWait.peak`: a missing first part counts little.
    const contained = name.toLowerCase().endsWith(`.${lower}`);
    return { name, distance: contained ? 1 : full };
  });
  const most = (name: string) => Math.max(Math.min(2, word.length - 1), Math.min(word.length, name.length) / 2);
  const near = scored.filter(({ name, distance }) => distance <= most(name));
  const best = Math.min(...near.map(({ distance }) => distance));
  return near
    .filter(({ distance }) => distance <= 2 * best + 1)
    .sort((a, b) => a.distance - b.distance || a.name.length - b.name.length || a.name.localeCompare(b.name))
    .slice(0, limit)
    .map(({ name }) => name);
}

/** `did you mean a or b?`, or all names if none is near. */
export function didYouMean(name: string, names: readonly string[]): string {
  const near = nearest(name, names);
  return near.length > 0 ? `did you mean ${near.join(' or ')}?` : `one of ${[...new Set(names)].join(', ')}`;
}

function at(row: readonly number[], index: number): number {
  return row[index] ?? 0;
}
