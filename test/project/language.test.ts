import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { describe, expect, it } from 'vitest';
import { idiomsIn } from './idioms.ts';

const root = join(import.meta.dirname, '..', '..');

/** Generated, captured from elsewhere, or about the idioms themselves. */
const skipped =
  /^(?:node_modules|dist|results|bench\/results|test\/fixtures|test-artifacts|coverage|\.git)\b|^package-lock\.json$|^LICENSE|^test\/project\/(?:idioms|language\.test)\.ts$/;

/** Tracked files, or all files of the checkout where git or its repository is missing. */
function projectFiles(): string[] {
  try {
    return execFileSync('git', ['ls-files', '-z'], { cwd: root, encoding: 'utf8', stdio: 'pipe' }).split('\0');
  } catch {
    return walk(root);
  }
}

function walk(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (skipped.test(relative(root, path))) return [];
    return entry.isDirectory() ? walk(path) : entry.isFile() ? [relative(root, path)] : [];
  });
}

/** `null`: deleted but still tracked, a link to a folder, or not text. */
function textOf(path: string): string | null {
  try {
    const text = readFileSync(join(root, path), 'utf8');
    return text.includes('\0') ? null : text;
  } catch {
    return null;
  }
}

it('the project is written in plain English', () => {
  const paths = projectFiles().filter((path) => path !== '' && !skipped.test(path));
  expect(paths.length).toBeGreaterThan(100);
  const findings = paths.flatMap((path) =>
    idiomsIn(textOf(path) ?? '').map(({ line, found, write }) => `${path}:${line}: not "${found}", but: ${write}`),
  );
  expect(findings).toEqual([]);
});

describe('idiomsIn', () => {
  it.each([
    ['failed for want of a port', 'for want of'],
    ['/**\n * It fails for want\n * of a port.\n */', 'for want * of'],
    ["message = 'it fails for want ' +\n  'of a port';", "for want ' + 'of"],
    ['It tells one kernel from the other apart.', 'tells one kernel from the other apart'],
    ['The ledger does not close.', 'ledger does not close'],
    ['Every OBJECTION at once', 'OBJECTION'],
  ])('finds %j', (text, found) => {
    expect(idiomsIn(text).map((one) => one.found)).toEqual([found]);
  });

  it('gives the line, and what to write', () => {
    expect(idiomsIn('one\ntwo\nfixed in vain')).toEqual([{ line: 3, found: 'in vain', write: 'without effect' }]);
  });

  it.each([
    'ledger.closes',
    'amendments',
    'It tells a part of it.',
    'half-measures',
    'an object tomorrow',
  ])('leaves %j alone', (text) => {
    expect(idiomsIn(text)).toEqual([]);
  });
});
