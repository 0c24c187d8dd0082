/** What one room may import. */
export interface Room {
  /** A folder, or one file, from the checkout's root. */
  path: string;
  /** Paths of rooms that it may import, and whether only their pure files. */
  may: ReadonlyMap<string, 'all' | 'pure'>;
}

/**
 * The table of rooms in ARCHITECTURE.md: `| `harness/plan` | what is in it | model, load (pure) |`. The third column is
 * a list of rooms by their last name, `nothing of ours`, `all`, or `all but NAME`.
 */
export function readRooms(markdown: string): Room[] {
  const rows = [...markdown.matchAll(/^\| `((?:harness|scenarios)[\w./-]*)` \|[^|]*\| ([^|]+) \|$/gm)].map((match) => ({
    path: match[1] as string,
    list: match[2] as string,
  }));
  const paths = rows.map(({ path }) => path);
  const named = (name: string) => {
    const path = paths.find((one) => one === name || one.endsWith(`/${name}`));
    if (path === undefined) throw new Error(`ARCHITECTURE.md: no room '${name}'`);
    return path;
  };
  return rows.map(({ path, list }) => {
    const except = /^all(?: but (\S+))?$/.exec(list);
    if (except !== null) {
      const left = paths.filter((one) => except[1] === undefined || one !== named(except[1]));
      return { path, may: new Map(left.map((one) => [one, 'all'])) };
    }
    if (list === 'nothing of ours') return { path, may: new Map() };
    const may = list.split(', ').map((entry): [string, 'all' | 'pure'] => {
      const [, name = '', pure] = /^(\S+?)( \(pure\))?$/.exec(entry) ?? [];
      return [named(name), pure === undefined ? 'all' : 'pure'];
    });
    return { path, may: new Map(may) };
  });
}

/** The room that a file is in; `undefined`: none. */
export function roomOf(rooms: readonly Room[], file: string): Room | undefined {
  return rooms.find(({ path }) => file === path) ?? rooms.find(({ path }) => file.startsWith(`${path}/`));
}
