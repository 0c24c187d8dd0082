/** Units of metrics, as they are printed. `''`: a plain number or word. */
export type Unit = 'count' | '/s' | 'ms' | 'us' | 'ratio' | '';

/** Number for people: thousands separated, at most `digits` digits after the point for small values. */
export function figure(value: number, digits = 1): string {
  if (!Number.isFinite(value)) return String(value);
  const magnitude = Math.abs(value);
  const decimals =
    Number.isInteger(value) || magnitude >= 1000 ? 0 : magnitude >= 10 ? Math.min(digits, 1) : digits + 1;
  const text = magnitude.toFixed(decimals);
  const [whole = '0', fraction] = text.split('.');
  const grouped = whole.replace(/\B(?=(\d{3})+$)/g, ',');
  const trimmed = fraction?.replace(/0+$/, '');
  const sign = value < 0 && Number(text) !== 0 ? '−' : '';
  return sign + grouped + (trimmed ? `.${trimmed}` : '');
}

/** Figure with its unit: `470.2/s`, `1.85 ms`, `12 %`. Microseconds of a millisecond or more are given in ms. */
export function withUnit(value: number, unit: Unit): string {
  if (unit === '/s') return `${figure(value)}/s`;
  if (unit === 'ms') return duration(value);
  if (unit === 'us') return Math.abs(value) >= 1000 ? `${figure(value / 1000)} ms` : `${figure(value)} µs`;
  if (unit === 'ratio') return figure(value, 2);
  return figure(value);
}

/** Milliseconds in the most readable unit: `640 ms`, `26.1 s`, `5 min 2 s`. */
export function duration(ms: number): string {
  const magnitude = Math.abs(ms);
  if (ms === 0) return '0 s';
  if (magnitude < 1000) return `${figure(ms)} ms`;
  if (magnitude < 120_000) return `${figure(ms / 1000)} s`;
  const seconds = Math.round(magnitude / 1000);
  const rest = seconds % 60;
  const minutes = Math.floor(seconds / 60);
  return `${ms < 0 ? '−' : ''}${minutes} min${rest === 0 ? '' : ` ${rest} s`}`;
}

/** Signed change in percent: `−32 %`, `+4.1 %`; `null` (the base was 0) is `from 0`. */
export function percentChange(percent: number | null): string {
  if (percent === null) return 'from 0';
  const magnitude = Math.abs(percent);
  const text = magnitude >= 10 ? figure(Math.round(magnitude)) : figure(magnitude, 0);
  if (Number(text) === 0) return '0 %';
  return `${percent < 0 ? '−' : '+'}${text} %`;
}
