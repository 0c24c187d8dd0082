import type { CellPlan } from '../model/cell.ts';
import type { JournalLine } from '../model/journal.ts';
import type { Agents } from './agents.ts';

type CellLine = Extract<JournalLine, { cell: string }>;
type WithoutHead<L> = L extends CellLine ? Omit<L, 'cell' | 't'> & { t?: number } : never;
/** A journal line without the fields that every line of a cell has. */
export type CellNews = WithoutHead<CellLine>;

/** A cell whose peers are up, for the steps of its measurement. */
export interface RunningCell {
  readonly plan: CellPlan;
  readonly agents: Agents;
  readonly signal: AbortSignal;
  readonly samplesHz: number;
  /** Who writes sysctls: the agent inside the peer, or the runtime when it creates the network namespace. */
  readonly sysctlsBy: 'agent' | 'runtime';
  /** Aborts, with the reason, when this cell's load should end early; absent: never. */
  readonly endLoad?: AbortSignal;
  /** Writes a journal line of this cell; time is now unless it has one. */
  write(news: CellNews): void;
}
