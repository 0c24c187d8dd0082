import type * as z from 'zod';
import { plainIssues } from './zod-issues.ts';

type Path = readonly PropertyKey[];

export interface ValidPart<T> {
  value: T;
  /** Paths of what was left out. Nothing certain is known about them, nor about the arrays that they were in. */
  removed: Path[];
}

/** Each round removes what the last one found, which may be all there is. */
const mostRounds = 8;

/**
 * What is valid of a value that is not, so that everything else about it can be checked in the same run; `null`: not
 * enough of it. `emptied`: a field whose entries are replaced by an empty object instead of being removed.
 */
export function validPart<T>(schema: z.ZodType<T>, value: unknown, emptied: string): ValidPart<T> | null {
  const removed: Path[] = [];
  const rest = structuredClone(value);
  for (let round = 0; round < mostRounds; round++) {
    const parsed = schema.safeParse(rest);
    if (parsed.success) return { value: parsed.data, removed };
    const paths = parsed.error.issues
      .flatMap(plainIssues)
      .flatMap((issue): Path[] =>
        issue.code === 'unrecognized_keys' ? issue.keys.map((key) => [...issue.path, key]) : [issue.path],
      );
    for (const path of paths.sort(laterFirst)) {
      const gone = remove(rest, path, emptied);
      if (gone === null) return null;
      removed.push(gone);
    }
  }
  return null;
}

/** Elements of an array are removed from its end, so that the others keep their places until then. */
function laterFirst(a: Path, b: Path): number {
  const at = a.findIndex((step, index) => step !== b[index]);
  const [x, y] = [a[at], b[at]];
  return typeof x === 'number' && typeof y === 'number' ? y - x : b.length - a.length;
}

/** Removes the value at a path, or the nearest one around it that can be missing. Returns what it removed. */
function remove(root: unknown, path: Path, emptied: string): Path | null {
  for (let length = path.length; length > 0; length--) {
    const [parent, key] = [valueAt(root, path.slice(0, length - 1)), path[length - 1] as PropertyKey];
    const gone = path.slice(0, length);
    if (Array.isArray(parent)) {
      if (Number(key) < parent.length) parent.splice(Number(key), 1);
      return gone;
    }
    if (typeof parent !== 'object' || parent === null || !Object.hasOwn(parent, key)) continue;
    const object = parent as Record<PropertyKey, unknown>;
    if (length === 2 && path[0] === emptied) {
      const isEmpty = JSON.stringify(object[key]) === '{}';
      if (isEmpty) return null;
      object[key] = {};
    } else delete object[key];
    return gone;
  }
  return null;
}

function valueAt(root: unknown, path: Path): unknown {
  return path.reduce<unknown>(
    (value, step) =>
      typeof value === 'object' && value !== null ? (value as Record<PropertyKey, unknown>)[step] : undefined,
    root,
  );
}

/** Whether a path is within what was removed, or at or after an element that an array lost. */
export function isUncertain(path: Path, removed: readonly Path[]): boolean {
  return removed.some((gone) => {
    const array = gone.findIndex((step) => typeof step === 'number');
    const whole = array < 0 ? gone : gone.slice(0, array);
    const isWithin = whole.every((step, index) => String(step) === String(path[index]));
    return isWithin && (array < 0 || path.length === array || Number(path[array]) >= Number(gone[array]));
  });
}
