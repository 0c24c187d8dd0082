export interface Kill {
  afterMs: number;
  phase: string;
  /** Age of the last sample at the kill; `null`: not killed during the load. */
  lostMs: number | null;
  wrong: string[];
}

export function killRuns(options: {
  times: number;
  seed: number;
  runtime?: string;
  say?: (line: string) => void;
}): Promise<{ wholeMs: number; kills: Kill[]; wrong: string[] }>;
