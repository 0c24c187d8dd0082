import { type Import, importsOf } from './imports.ts';
import { type Room, roomOf } from './table.ts';

/** Path from the checkout's root → text. */
export type Sources = ReadonlyMap<string, string>;

/** Modules that use files, processes, sockets or the clock. */
const impure = /^(?:node:)?(?:fs|child_process|worker_threads|cluster|net|tls|dgram|https?|http2|timers)(?:\/|$)/;
const impurePackages = ['execa', 'dockerode'];

export class Imports {
  private readonly byFile: ReadonlyMap<string, readonly Import[]>;
  private readonly known = new Map<string, readonly string[] | null>();

  constructor(sources: Sources) {
    this.byFile = new Map([...sources].map(([file, text]) => [file, importsOf(file, text)]));
  }

  /** Imports that the table does not allow, one per line: `FILE:LINE  ROOM → ROOM  (TARGET)`. */
  againstTable(rooms: readonly Room[]): string[] {
    return [...this.byFile].flatMap(([file, imports]) => {
      const own = roomOf(rooms, file);
      if (own === undefined) return [`${file}  is in no room of the table`];
      return imports.flatMap((one) => {
        if (!this.byFile.has(one.target)) return [];
        const other = roomOf(rooms, one.target);
        if (other === undefined || other === own) return [];
        const may = own.may.get(other.path);
        const chain = may === 'pure' && one.isValue ? this.impureChain(one.target) : null;
        if (may !== undefined && chain === null) return [];
        const why = chain === null ? one.target : `not pure: ${chain.join(' → ')}`;
        return [`${file}:${one.line}  ${own.path} → ${other.path}  (${why})`];
      });
    });
  }

  /** Imports between two folders of these rooms, which should not depend on each other. */
  betweenSiblings(paths: readonly string[]): string[] {
    const folder = (file: string) => {
      const room = paths.find((path) => file.startsWith(`${path}/`));
      const [name, ...rest] = room === undefined ? [] : file.slice(room.length + 1).split('/');
      return rest.length === 0 ? null : `${room}/${name}`;
    };
    return [...this.byFile.values()].flat().flatMap(({ file, line, target }) => {
      const [own, other] = [folder(file), folder(target)];
      return own === null || other === null || own === other || !this.byFile.has(target)
        ? []
        : [`${file}:${line}  ${own} → ${other}`];
    });
  }

  /** Paths from files of these rooms to an impure module, through any number of value imports. */
  impureWays(paths: readonly string[]): string[] {
    return [...this.byFile.keys()]
      .filter((file) => paths.some((path) => file.startsWith(`${path}/`)))
      .flatMap((file) => this.impureChain(file)?.join(' → ') ?? []);
  }

  /** `null`: the file is pure. */
  private impureChain(file: string): readonly string[] | null {
    const known = this.known.get(file);
    if (known !== undefined) return known;
    // An import cycle alone does not make a file impure.
    this.known.set(file, null);
    let chain: readonly string[] | null = null;
    for (const one of this.byFile.get(file) ?? []) {
      if (!one.isValue) continue;
      const at = `${file}:${one.line}`;
      const rest = this.byFile.has(one.target) ? this.impureChain(one.target) : null;
      if (isImpure(one)) chain = [at, one.target];
      else if (rest !== null) chain = [at, ...rest];
      if (chain !== null) break;
    }
    this.known.set(file, chain);
    return chain;
  }
}

function isImpure({ target, isValue }: Import): boolean {
  return isValue && (impure.test(target) || impurePackages.includes(target));
}
