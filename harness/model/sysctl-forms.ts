/** What the kernel accepts as a value of a `net.*` key. */
export type ValueForm =
  | { kind: 'integer'; low: number; high: number }
  /** Two ports, low and high: `32768 60999`. */
  | { kind: 'port-range' }
  /** `8080,9000-9100`; empty clears the list. */
  | { kind: 'port-list' }
  /** This many whole numbers: `4096 131072 6291456`. */
  | { kind: 'integers'; count: number }
  | { kind: 'text' };

/** What is known about a key. */
export interface SysctlFact {
  form: ValueForm;
  /** `machine`: one value for all namespaces. `read-only`: it can only be read. */
  scope: 'namespace' | 'machine' | 'read-only';
  /** First Linux version whose namespaces each have a value of their own. */
  since?: string;
  /** First Linux version without the key. */
  removed?: string;
  /** What is known of a key that mainline lacks, or what to set in its place. */
  note?: string;
}

export const int = (low: number, high: number): ValueForm => ({ kind: 'integer', low, high });
export const flag = int(0, 1);
export const byte = int(0, 255);
export const count = int(0, 2 ** 31 - 1);
export const positive = int(1, 2 ** 31 - 1);
export const signed = int(-(2 ** 31), 2 ** 31 - 1);
/** Kept in jiffies: the highest value that fits at HZ=1000. */
export const seconds = int(0, 2_147_483);
export const large = int(0, Number.MAX_SAFE_INTEGER);
export const three: ValueForm = { kind: 'integers', count: 3 };
export const text: ValueForm = { kind: 'text' };

/** Prefix, names separated by spaces, and what holds for all of them. */
export type Row = readonly [prefix: string, names: string, form: ValueForm, more?: Omit<Partial<SysctlFact>, 'form'>];

export const machine = { scope: 'machine' } as const;
export const readOnly = { scope: 'read-only' } as const;
export const removed = (version: string, note?: string) => ({ removed: version, ...(note !== undefined && { note }) });
export const since = (version: string) => ({ since: version });
