import { JournalLine } from '../../model/journal.ts';
import { parsePlainJson } from '../../model/plain-text.ts';
import { journalFormat } from './migrations.ts';
import { type Migration, migrationFrom } from './versions.ts';

export type ReadLine =
  | { ok: true; line: JournalLine }
  /** `isCut`: not JSON, like a last line truncated by a kill. */
  | { ok: false; message: string; hint: string; isCut: boolean };

/** Reads a journal line by line. Its first line names the version; every line is brought up to date from there. Pure. */
export class JournalParser {
  private readonly file: string;
  private migrate: Migration = (line) => line;

  constructor(file: string) {
    this.file = file;
  }

  /** Errors, exit code 2: JOURNAL_TOO_NEW, JOURNAL_TOO_OLD. */
  parse(text: string): ReadLine {
    let content: unknown;
    try {
      content = parsePlainJson(text);
    } catch {
      const hint = 'only the lab writes a journal, one JSON object per line';
      return { ok: false, message: 'not JSON', hint, isCut: true };
    }
    const parsed = JournalLine.safeParse(this.upToDate(content));
    if (parsed.success) return { ok: true, line: parsed.data };
    const [issue] = parsed.error.issues;
    const message = `${issue?.path.join('.') || 'line'}: ${issue?.message ?? 'does not match the schema'}`;
    return { ok: false, message, hint: 'schemas/journal-line.schema.json describes a line', isCut: false };
  }

  private upToDate(content: unknown): unknown {
    if (typeof content !== 'object' || content === null || Array.isArray(content)) return content;
    const line = content as Record<string, unknown>;
    if (line.type !== 'run') return this.migrate(line);
    this.migrate = migrationFrom(line.journalVersion, journalFormat, this.file);
    return { ...this.migrate(line), journalVersion: journalFormat.current };
  }
}
