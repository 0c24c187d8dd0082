import type { MeasuredCell } from '../../model/report.ts';
import { foldWhiteSpace } from '../../model/sysctl-key.ts';

/** One sysctl as a cell ran with it. */
export interface SettingValue {
  /** Requested by profile, scenario or command line; `null`: not requested. */
  requested: string | null;
  /** Read back; `null`: the key does not exist there. */
  effective: string | null;
  /** Of a fresh network namespace; `null`: the key does not exist there, `undefined`: not read. */
  kernelDefault: string | null | undefined;
}

export interface SettingRow {
  key: string;
  /** The kind of peer it applies to; `null`: all of them, with the same values. */
  kind: string | null;
  /** One for each cell; `null`: the cell has no numbers, or no such peer. */
  values: (SettingValue | null)[];
}

/**
 * Settings that differ from the kernel's defaults or were requested. A key is one row if all peers have the same
 * values in every cell, otherwise one row per kind of peer. Pure.
 */
export function settingRows(cells: readonly (MeasuredCell | null)[]): SettingRow[] {
  const peers = cells.flatMap((cell) => Object.values(cell?.peers ?? {}));
  const kinds = [...new Set(peers.map(({ kind }) => kind))];
  const keys = [
    ...new Set(peers.flatMap(({ sysctls }) => Object.keys({ ...sysctls.requested, ...sysctls.effective }))),
  ];
  return keys.sort().flatMap((key) => {
    const rows = kinds.map((kind) => ({ key, kind, values: cells.map((cell) => settingAt(cell, kind, key)) }));
    const [first, ...others] = rows;
    const isAlike = others.every((row) => JSON.stringify(row.values) === JSON.stringify(first?.values));
    const shown = isAlike && first !== undefined ? [{ ...first, kind: null }] : rows;
    return shown.filter(({ values }) => values.some((value) => value !== null && isNoted(value)));
  });
}

/** `1 (kernel default 2)`, `2 (requested 1; kernel default)`, `does not exist here`. */
export function settingText({ requested, effective, kernelDefault }: SettingValue): string {
  const isDefault = effective !== null && kernelDefault === effective;
  const notes = [
    ...(requested === null || requested === effective ? [] : [`requested ${requested}`]),
    ...(isDefault ? ['kernel default'] : []),
    ...(isDefault || kernelDefault == null ? [] : [`kernel default ${kernelDefault}`]),
  ];
  const value = effective === null ? 'does not exist here' : effective === '' ? 'empty' : effective;
  return notes.length === 0 ? value : `${value} (${notes.join('; ')})`;
}

/** `net.ipv4.tcp_tw_reuse at client`, or the key alone for all peers. */
export function settingLabel({ key, kind }: Pick<SettingRow, 'key' | 'kind'>): string {
  return kind === null ? key : `${key} at ${kind}`;
}

function isNoted({ requested, effective, kernelDefault }: SettingValue): boolean {
  return requested !== null || (kernelDefault !== undefined && kernelDefault !== effective);
}

function settingAt(cell: MeasuredCell | null, kind: string, key: string): SettingValue | null {
  const peer = Object.values(cell?.peers ?? {}).find((one) => one.kind === kind);
  if (peer === undefined) return null;
  const { requested, effective, defaults } = peer.sysctls;
  const folded = (value: string | null | undefined) => (typeof value === 'string' ? foldWhiteSpace(value) : value);
  return {
    requested: folded(requested[key]) ?? null,
    effective: folded(effective[key]) ?? null,
    kernelDefault: folded(defaults?.[key]),
  };
}
