import { readdirSync, readFileSync } from 'node:fs';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { linearRegression } from 'simple-statistics';
import { entriesOf, linkOrEmpty, readOrEmpty } from '../leftovers/read.ts';

/** What may grow from round to round, by name. `null`: not read. */
export const levelNames = {
  openFiles: "open files of the lab's process",
  heapMiB: "heap of the lab's process after a collection, MiB",
  residentMiB: "resident memory of the lab's process, MiB",
  namespaces: 'network namespaces of the machine',
  mounts: 'mounts that the lab sees',
  filesOfKernel: 'open files of the machine',
  slabMiB: 'unreclaimable slab of the machine, MiB',
  temporary: "temporary files of the lab's process",
} as const;
export type LevelName = keyof typeof levelNames;
export type Levels = Record<LevelName, number | null>;

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;

/** All levels now, `temporary` being the lab's own temporary folder. */
export function readLevels(temporary: string): Levels {
  collect();
  const { heapUsed, rss } = process.memoryUsage();
  return {
    openFiles: readdirSync('/proc/self/fd').length,
    heapMiB: heapUsed / 2 ** 20,
    residentMiB: rss / 2 ** 20,
    namespaces: networkNamespaces(),
    mounts: readFileSync('/proc/self/mountinfo', 'utf8').trim().split('\n').length,
    filesOfKernel: numberIn('/proc/sys/fs/file-nr', /^(\d+)/),
    slabMiB: scaled(numberIn('/proc/meminfo', /^SUnreclaim:\s+(\d+)/m), 1024),
    temporary: readdirSync(temporary, { recursive: true }).length,
  };
}

function networkNamespaces(): number {
  const ids = entriesOf('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map((pid) => linkOrEmpty(`/proc/${pid}/ns/net`));
  return new Set(ids.filter((id) => id !== '')).size;
}

export interface Point {
  atMs: number;
  levels: Levels;
}

export interface Slope {
  name: LevelName;
  first: number;
  last: number;
  max: number;
  /** Least squares, per hour. */
  perHour: number;
}

/** Growth of every level that was read at least twice, after the first `settledMs`: caches and code are warm then. */
export function slopes(points: readonly Point[], settledMs: number): Slope[] {
  const settled = points.filter(({ atMs }) => atMs >= settledMs);
  return (Object.keys(levelNames) as LevelName[]).flatMap((name) => {
    const values = settled.flatMap(({ atMs, levels }) => {
      const value = levels[name];
      return value === null ? [] : [[atMs / 3_600_000, value] as [number, number]];
    });
    const [first, ...rest] = values.map(([, value]) => value);
    if (first === undefined || rest.length === 0) return [];
    const perHour = linearRegression(values).m;
    return [{ name, first, last: rest.at(-1) as number, max: Math.max(first, ...rest), perHour }];
  });
}

const scaled = (value: number | null, by: number) => (value === null ? null : value / by);

function numberIn(file: string, pattern: RegExp): number | null {
  const found = pattern.exec(readOrEmpty(file))?.[1];
  return found === undefined ? null : Number(found);
}
