import { posix } from 'node:path';

/** An import of a source file. */
export interface Import {
  /** File of the import, from the checkout's root. */
  file: string;
  line: number;
  /** A file from the checkout's root, or the name of a module. */
  target: string;
  /** Imports a value, and so loads the file; type imports are erased. */
  isValue: boolean;
}

/** Import statements start a line, as the formatter ensures. */
const statement = /^(?:import|export)(\s+type\b)?(?:[^;'"]*?\bfrom)?\s*['"]([^'"]+)['"]/gm;
const dynamic = /\bimport\(\s*['"]([^'"]+)['"]\s*\)/g;

/** All imports of a source, including type imports. `import { type A }` still loads the file (verbatimModuleSyntax). */
export function importsOf(file: string, text: string): Import[] {
  const at = (index: number) => text.slice(0, index).split('\n').length;
  const found = (index: number, name: string, isValue: boolean): Import => ({
    file,
    line: at(index),
    target: name.startsWith('.') ? posix.join(posix.dirname(file), name) : name,
    isValue,
  });
  const code = text.replace(/\/\*[\s\S]*?\*\/|^\s*\/\/.*$/gm, (comment) => comment.replace(/[^\n]/g, ' '));
  return [
    ...[...code.matchAll(statement)].map((match) => found(match.index, match[2] ?? '', match[1] === undefined)),
    ...[...code.matchAll(dynamic)].map((match) => found(match.index, match[1] ?? '', true)),
  ];
}
