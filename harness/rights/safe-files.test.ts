import {
  chmodSync,
  chownSync,
  closeSync,
  existsSync,
  lchownSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { appendToFile, makeFolder, openNewFile, strangersPart, writeWholeFile } from './safe-files.ts';
import { sudoCaller } from './sudo-caller.ts';

const isRoot = process.getuid?.() === 0;
/** Users without an entry in passwd serve as well: the kernel compares numbers. */
const mallory = 54_321;
const alice = 54_322;

let parent = '';

beforeEach(() => {
  parent = mkdtempSync(join(tmpdir(), 'safe-files-'));
  chmodSync(parent, 0o755);
  vi.stubEnv('SUDO_UID', '');
});

afterEach(() => {
  vi.unstubAllEnvs();
  rmSync(parent, { recursive: true, force: true });
});

it('writes a new file in place of a link, not through it', () => {
  const victim = join(parent, 'victim');
  writeFileSync(victim, 'kept');
  for (const name of ['report.md', 'link.md']) symlinkSync(victim, join(parent, name));
  writeWholeFile(join(parent, 'report.md'), 'new');
  expect(readFileSync(join(parent, 'report.md'), 'utf8')).toBe('new');
  expect(() => appendToFile(join(parent, 'link.md'), 'new')).toThrow('ELOOP');
  expect(() => openNewFile(join(parent, 'link.md'))).toThrow('EEXIST');
  expect(readFileSync(victim, 'utf8')).toBe('kept');
});

it('leaves no part of a file that may not be replaced', () => {
  const refuse = () => {
    throw new Error('no');
  };
  expect(() => writeWholeFile(join(parent, 'a'), 'text', refuse)).toThrow('no');
  expect(existsSync(join(parent, 'a'))).toBe(false);
  expect(readdirSync(parent)).toEqual([]);
});

describe.runIf(isRoot)('root', () => {
  it('does not write into the folder of another user, at any depth', () => {
    const theirs = join(parent, 'theirs');
    mkdirSync(join(theirs, 'run'), { recursive: true });
    chownSync(theirs, mallory, mallory);
    const attempts = [
      () => writeWholeFile(join(theirs, 'run', 'report.md'), 'x'),
      () => appendToFile(join(theirs, 'run', 'history.jsonl'), 'x'),
      () => openNewFile(join(theirs, 'run', 'journal.ndjson')),
      () => makeFolder(join(theirs, 'run', 'new', 'deep')),
    ];
    for (const attempt of attempts) {
      expect(attempt).toThrow(expect.objectContaining({ code: 'FOLDER_NOT_OWN', exitCode: 2 }));
    }
    expect(existsSync(join(theirs, 'run', 'report.md'))).toBe(false);
  });

  it('does not follow the link of another user to a folder of its own', () => {
    const own = join(parent, 'own');
    const link = join(parent, 'link');
    mkdirSync(own);
    symlinkSync(own, link);
    expect(strangersPart(join(link, 'run'))).toBeNull();
    lchownSync(link, mallory, mallory);
    expect(strangersPart(join(link, 'run'))).toBe(link);
    expect(() => makeFolder(join(link, 'run'))).toThrow('belongs to another user');
  });

  it('does not write into a folder in which every user may replace what is there', () => {
    const open = join(parent, 'open');
    mkdirSync(open);
    chmodSync(open, 0o777);
    expect(() => makeFolder(join(open, 'run'))).toThrow(expect.objectContaining({ code: 'FOLDER_NOT_OWN' }));
    // As /tmp: others cannot rename or remove what is root's.
    chmodSync(open, 0o1777);
    makeFolder(join(open, 'run'));
    expect(strangersPart(join(open, 'run', 'report.json'))).toBeNull();
  });

  it("keeps a run's files for their owner, whatever the umask, and what is for all readable", () => {
    const before = process.umask(0);
    try {
      const run = join(parent, 'results', 'run');
      makeFolder(run);
      writeWholeFile(join(run, 'report.json'), '{}');
      appendToFile(join(run, 'history.jsonl'), '{}\n');
      closeSync(openNewFile(join(run, 'journal.ndjson')));
      const modeOf = (name: string) => statSync(join(parent, name)).mode & 0o777;
      for (const name of ['report.json', 'history.jsonl', 'journal.ndjson']) {
        expect(modeOf(`results/run/${name}`), name).toBe(0o600);
      }
      expect([modeOf('results'), modeOf('results/run')]).toEqual([0o700, 0o700]);
      process.umask(0o022);
      makeFolder(join(parent, 'docs'), 'umask');
      writeWholeFile(join(parent, 'docs', 'page.md'), '', () => {}, 'umask');
      expect([modeOf('docs'), modeOf('docs/page.md')]).toEqual([0o755, 0o644]);
    } finally {
      process.umask(before);
    }
  });

  it('is not led round in circles by links', () => {
    symlinkSync(join(parent, 'b'), join(parent, 'a'));
    symlinkSync(join(parent, 'a'), join(parent, 'b'));
    expect(strangersPart(join(parent, 'a', 'run'))).toBe(join(parent, 'a'));
  });

  it("under sudo writes into the caller's folders, and what it creates belongs to the caller", () => {
    vi.stubEnv('SUDO_UID', String(alice));
    vi.stubEnv('SUDO_GID', String(alice));
    const home = join(parent, 'alice');
    mkdirSync(home);
    chownSync(home, alice, alice);
    const run = join(home, 'results', 'run');
    makeFolder(run);
    writeWholeFile(join(run, 'report.json'), '{}');
    appendToFile(join(run, 'history.jsonl'), '{}\n');
    closeSync(openNewFile(join(run, 'journal.ndjson')));
    for (const made of ['results', 'results/run', 'results/run/report.json', 'results/run/history.jsonl']) {
      expect(lstatSync(join(home, made)), made).toMatchObject({ uid: alice, gid: alice });
    }
    expect(statSync(parent).uid).toBe(0);
    chownSync(home, mallory, mallory);
    expect(() => makeFolder(join(home, 'more'))).toThrow('belongs to another user');
  });
});

it('knows who called sudo, from numbers alone', () => {
  expect(sudoCaller({ SUDO_UID: '1000', SUDO_GID: '100' }, 0)).toEqual({ uid: 1000, gid: 100 });
  expect(sudoCaller({ SUDO_UID: '1000' }, 0)).toEqual({ uid: 1000, gid: 1000 });
  expect(sudoCaller({ SUDO_UID: '1000', SUDO_GID: '100' }, 1000)).toBeNull();
  for (const SUDO_UID of ['', '0', 'alice', '-5']) expect(sudoCaller({ SUDO_UID }, 0)).toBeNull();
});
