import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as z from 'zod';

const Failure = z.object({ errno: z.string(), count: z.number() });

/** What is read here of report.json: the verdict, and what stands beside it. */
const Report = z.object({
  cells: z.array(
    z.object({
      id: z.string(),
      verdict: z.string(),
      exhaustion: z.object({ certainty: z.string().optional(), count: z.number().nullish() }).optional(),
      reason: z.string().nullish(),
      load: z.object({ failures: z.array(Failure).nullish() }).nullish(),
    }),
  ),
});

/** What is read here of the journal: when a cell's load could begin, and when the cell was over. */
const Line = z.object({
  type: z.string(),
  t: z.number().optional(),
  cell: z.string().optional(),
  at: z.unknown().optional(),
});

export interface CellResult {
  id: string;
  verdict: string;
  certainty: string | null;
  /** Calls that failed because no port was free; `null`: not counted, or there were none. */
  portless: number | null;
  reason: string | null;
  /** `null`: the lab did not see what failed. */
  failures: z.infer<typeof Failure>[] | null;
  /** From the moment before the load until the cell was over, peers removed; `null`: the cell did not get so far. */
  lastedMs: number | null;
}

/** The cells of the run in `folder`; none where it wrote no report. */
export function readCells(folder: string): CellResult[] {
  const report = join(folder, 'report.json');
  if (!existsSync(report)) return [];
  const times = cellTimes(readFileSync(join(folder, 'journal.ndjson'), 'utf8'));
  return Report.parse(JSON.parse(readFileSync(report, 'utf8'))).cells.map((cell) => ({
    id: cell.id,
    verdict: cell.verdict,
    certainty: cell.exhaustion?.certainty ?? null,
    portless: cell.exhaustion?.count ?? null,
    reason: cell.reason ?? null,
    failures: cell.load?.failures ?? null,
    lastedMs: times.get(cell.id) ?? null,
  }));
}

function cellTimes(journal: string): Map<string, number> {
  const begins = new Map<string, number>();
  const times = new Map<string, number>();
  for (const text of journal.split('\n')) {
    if (!/"type":"(snapshot|cell-end)"/.test(text)) continue;
    const { type, t, cell, at } = Line.parse(JSON.parse(text));
    if (t === undefined || cell === undefined) continue;
    const begin = begins.get(cell);
    if (type === 'snapshot' && at === 'begin') begins.set(cell, t);
    if (type === 'cell-end' && begin !== undefined) times.set(cell, t - begin);
  }
  return times;
}
